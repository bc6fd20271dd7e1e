def energy(x: Tensor) -> Tensor:
    return torch.sum(torch.sin(x) * x)
