def wave(x: Tensor) -> Tensor:
    return torch.sin(x) * x
