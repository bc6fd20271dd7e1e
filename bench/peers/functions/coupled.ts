def coupled(x: Tensor) -> Tensor:
    return torch.sum(torch.tanh(x)) ** 2
