def forward(params: Dict[str, Tensor], x: Tensor) -> Tensor:
    h = torch.relu(torch.linear(x, params["fc1.weight"], params["fc1.bias"]))
    return torch.linear(h, params["fc2.weight"], params["fc2.bias"])

def loss(params: Dict[str, Tensor], x: Tensor, y: Tensor) -> Tensor:
    return torch.cross_entropy_loss(forward(params, x), y)
