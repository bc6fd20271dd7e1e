#include "prelude.h"

namespace t2j {

const PreludePart kPreludeActivations = {"torch.nn.functional", R"py(
def relu(input: Tensor, inplace: bool = False) -> Tensor:
    return torch.relu(input)

def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    return torch.clamp(input, 0, 6)

def sigmoid(input: Tensor) -> Tensor:
    return torch.sigmoid(input)

def tanh(input: Tensor) -> Tensor:
    return torch.tanh(input)

def gelu(input: Tensor, approximate: str = 'none') -> Tensor:
    return torch.gelu(input, approximate=approximate)

def silu(input: Tensor, inplace: bool = False) -> Tensor:
    return torch.silu(input)

def mish(input: Tensor, inplace: bool = False) -> Tensor:
    return torch.mish(input)

def elu(input: Tensor, alpha: number = 1.0, inplace: bool = False) -> Tensor:
    return torch.elu(input, alpha)

def selu(input: Tensor, inplace: bool = False) -> Tensor:
    return torch.selu(input)

def celu(input: Tensor, alpha: number = 1.0, inplace: bool = False) -> Tensor:
    return torch.celu(input, alpha)

def leaky_relu(input: Tensor, negative_slope: number = 0.01, inplace: bool = False) -> Tensor:
    return torch.leaky_relu(input, negative_slope)

def prelu(input: Tensor, weight: Tensor) -> Tensor:
    return torch.prelu(input, weight)

def rrelu(input: Tensor, lower: number = 0.125, upper: number = 0.3333333333333333, training: bool = False, inplace: bool = False) -> Tensor:
    return torch.rrelu(input, lower, upper, training)

def glu(input: Tensor, dim: int = -1) -> Tensor:
    return torch.glu(input, dim)

def softplus(input: Tensor, beta: number = 1, threshold: number = 20) -> Tensor:
    return torch.softplus(input, beta, threshold)

def logsigmoid(input: Tensor) -> Tensor:
    return torch.log_sigmoid(input)

def hardtanh(input: Tensor, min_val: number = -1.0, max_val: number = 1.0, inplace: bool = False) -> Tensor:
    return torch.hardtanh(input, min_val, max_val)

def hardsigmoid(input: Tensor, inplace: bool = False) -> Tensor:
    return torch.hardsigmoid(input)

def hardswish(input: Tensor, inplace: bool = False) -> Tensor:
    return torch.hardswish(input)

def hardshrink(input: Tensor, lambd: number = 0.5) -> Tensor:
    return torch.hardshrink(input, lambd)

def softshrink(input: Tensor, lambd: number = 0.5) -> Tensor:
    return torch.softshrink(input, lambd)

def tanhshrink(input: Tensor) -> Tensor:
    return input - torch.tanh(input)

def softsign(input: Tensor) -> Tensor:
    return input / (torch.abs(input) + 1)

def threshold(input: Tensor, threshold: number, value: number, inplace: bool = False) -> Tensor:
    return torch.threshold(input, threshold, value)

def _softmax_dim(rank: int) -> int:
    if rank == 0 or rank == 1 or rank == 3:
        return 0
    return 1

def softmax(input: Tensor, dim: Optional[int] = None, _stacklevel: int = 3, dtype: Optional[int] = None) -> Tensor:
    if dim is None:
        dim = _softmax_dim(input.dim())
    return torch.softmax(input, dim, dtype)

def softmin(input: Tensor, dim: Optional[int] = None, _stacklevel: int = 3, dtype: Optional[int] = None) -> Tensor:
    if dim is None:
        dim = _softmax_dim(input.dim())
    return torch.softmax(torch.neg(input), dim, dtype)

def log_softmax(input: Tensor, dim: Optional[int] = None, _stacklevel: int = 3, dtype: Optional[int] = None) -> Tensor:
    if dim is None:
        dim = _softmax_dim(input.dim())
    return torch.log_softmax(input, dim, dtype)

def gumbel_softmax(logits: Tensor, tau: number = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1) -> Tensor:
    gumbels = -torch.zeros_like(logits).exponential_().log()
    soft = torch.softmax((logits + gumbels) / tau, dim)
    if hard:
        index = torch.argmax(soft, dim, keepdim=True)
        one = torch.scatter(torch.zeros_like(logits), dim, index, 1.0)
        return one - soft.detach() + soft
    return soft

def normalize(input: Tensor, p: number = 2.0, dim: int = 1, eps: number = 1e-12) -> Tensor:
    return input / torch.norm(input, p, [dim], True).clamp_min(eps).expand_as(input)

def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    return torch.cosine_similarity(x1, x2, dim, eps)

def pairwise_distance(x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Tensor:
    return torch.pairwise_distance(x1, x2, p, eps, keepdim)

def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    return torch.dropout(input, p, training)

def alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    return torch.alpha_dropout(input, p, training)

def dropout1d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    return torch.feature_dropout(input, p, training)

def dropout2d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    return torch.feature_dropout(input, p, training)

def dropout3d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    return torch.feature_dropout(input, p, training)
)py"};

}  // namespace t2j
