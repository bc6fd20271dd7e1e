#include "prelude.h"

namespace t2j {

const PreludePart kPreludeLosses = {"torch.nn.functional", R"py(
def _reduction_of(size_average: Optional[bool], reduce: Optional[bool], reduction: str) -> int:
    mode = reduction
    if size_average is not None or reduce is not None:
        mean = True
        if size_average is not None:
            mean = size_average
        mode = 'mean' if mean else 'sum'
        if reduce is not None:
            if not reduce:
                mode = 'none'
    code = -1
    if mode == 'none':
        code = 0
    elif mode == 'mean':
        code = 1
    elif mode == 'sum':
        code = 2
    else:
        raise ValueError("reduction must be 'none', 'mean' or 'sum', not '" + mode + "'")
    return code

def _reduce(loss: Tensor, code: int) -> Tensor:
    if code == 1:
        loss = torch.mean(loss)
    elif code == 2:
        loss = torch.sum(loss)
    return loss

def cross_entropy(input: Tensor, target: Tensor, weight: Optional[Tensor] = None, size_average: Optional[bool] = None, ignore_index: int = -100, reduce: Optional[bool] = None, reduction: str = 'mean', label_smoothing: float = 0.0) -> Tensor:
    return torch.cross_entropy_loss(input, target, weight, _reduction_of(size_average, reduce, reduction), ignore_index, label_smoothing)

def nll_loss(input: Tensor, target: Tensor, weight: Optional[Tensor] = None, size_average: Optional[bool] = None, ignore_index: int = -100, reduce: Optional[bool] = None, reduction: str = 'mean') -> Tensor:
    return torch.nll_loss_nd(input, target, weight, _reduction_of(size_average, reduce, reduction), ignore_index)

def mse_loss(input: Tensor, target: Tensor, size_average: Optional[bool] = None, reduce: Optional[bool] = None, reduction: str = 'mean') -> Tensor:
    both = torch.broadcast_tensors([input, target])
    return torch.mse_loss(both[0], both[1], _reduction_of(size_average, reduce, reduction))

def l1_loss(input: Tensor, target: Tensor, size_average: Optional[bool] = None, reduce: Optional[bool] = None, reduction: str = 'mean') -> Tensor:
    both = torch.broadcast_tensors([input, target])
    return torch.l1_loss(both[0], both[1], _reduction_of(size_average, reduce, reduction))

def smooth_l1_loss(input: Tensor, target: Tensor, size_average: Optional[bool] = None, reduce: Optional[bool] = None, reduction: str = 'mean', beta: number = 1.0) -> Tensor:
    both = torch.broadcast_tensors([input, target])
    return torch.smooth_l1_loss(both[0], both[1], _reduction_of(size_average, reduce, reduction), float(beta))

def huber_loss(input: Tensor, target: Tensor, reduction: str = 'mean', delta: number = 1.0) -> Tensor:
    both = torch.broadcast_tensors([input, target])
    return torch.huber_loss(both[0], both[1], _reduction_of(None, None, reduction), float(delta))

def binary_cross_entropy(input: Tensor, target: Tensor, weight: Optional[Tensor] = None, size_average: Optional[bool] = None, reduce: Optional[bool] = None, reduction: str = 'mean') -> Tensor:
    return torch.binary_cross_entropy(input, target, weight, _reduction_of(size_average, reduce, reduction))

def binary_cross_entropy_with_logits(input: Tensor, target: Tensor, weight: Optional[Tensor] = None, size_average: Optional[bool] = None, reduce: Optional[bool] = None, reduction: str = 'mean', pos_weight: Optional[Tensor] = None) -> Tensor:
    return torch.binary_cross_entropy_with_logits(input, target, weight, pos_weight, _reduction_of(size_average, reduce, reduction))

def kl_div(input: Tensor, target: Tensor, size_average: Optional[bool] = None, reduce: Optional[bool] = None, reduction: str = 'mean', log_target: bool = False) -> Tensor:
    if reduction == 'batchmean':
        loss = torch.kl_div(input, target, 2, log_target=log_target)
        if input.dim() != 0:
            loss = loss / input.size(0)
    else:
        loss = torch.kl_div(input, target, _reduction_of(size_average, reduce, reduction), log_target=log_target)
    return loss

def poisson_nll_loss(input: Tensor, target: Tensor, log_input: bool = True, full: bool = False, size_average: Optional[bool] = None, eps: float = 1e-8, reduce: Optional[bool] = None, reduction: str = 'mean') -> Tensor:
    return torch.poisson_nll_loss(input, target, log_input, full, eps, _reduction_of(size_average, reduce, reduction))

def gaussian_nll_loss(input: Tensor, target: Tensor, var: Tensor, full: bool = False, eps: float = 1e-6, reduction: str = 'mean') -> Tensor:
    if var.dim() != input.dim() and var.dim() + 1 == input.dim():
        var = torch.unsqueeze(var, -1)
    var = var + (torch.clamp(var, min=eps) - var).detach()
    loss = 0.5 * (torch.log(var) + (input - target) ** 2 / var)
    if full:
        loss = loss + 0.5 * math.log(2 * math.pi)
    return _reduce(loss, _reduction_of(None, None, reduction))

def soft_margin_loss(input: Tensor, target: Tensor, size_average: Optional[bool] = None, reduce: Optional[bool] = None, reduction: str = 'mean') -> Tensor:
    return torch.soft_margin_loss(input, target, _reduction_of(size_average, reduce, reduction))

def margin_ranking_loss(input1: Tensor, input2: Tensor, target: Tensor, margin: number = 0.0, size_average: Optional[bool] = None, reduce: Optional[bool] = None, reduction: str = 'mean') -> Tensor:
    return torch.margin_ranking_loss(input1, input2, target, float(margin), _reduction_of(size_average, reduce, reduction))

def hinge_embedding_loss(input: Tensor, target: Tensor, margin: number = 1.0, size_average: Optional[bool] = None, reduce: Optional[bool] = None, reduction: str = 'mean') -> Tensor:
    return torch.hinge_embedding_loss(input, target, float(margin), _reduction_of(size_average, reduce, reduction))

def cosine_embedding_loss(input1: Tensor, input2: Tensor, target: Tensor, margin: number = 0.0, size_average: Optional[bool] = None, reduce: Optional[bool] = None, reduction: str = 'mean') -> Tensor:
    return torch.cosine_embedding_loss(input1, input2, target, float(margin), _reduction_of(size_average, reduce, reduction))

def triplet_margin_loss(anchor: Tensor, positive: Tensor, negative: Tensor, margin: number = 1.0, p: number = 2.0, eps: float = 1e-6, swap: bool = False, size_average: Optional[bool] = None, reduce: Optional[bool] = None, reduction: str = 'mean') -> Tensor:
    return torch.triplet_margin_loss(anchor, positive, negative, float(margin), float(p), eps, swap, _reduction_of(size_average, reduce, reduction))

def multi_margin_loss(input: Tensor, target: Tensor, p: number = 1, margin: number = 1.0, weight: Optional[Tensor] = None, size_average: Optional[bool] = None, reduce: Optional[bool] = None, reduction: str = 'mean') -> Tensor:
    return torch.multi_margin_loss(input, target, p, margin, weight, _reduction_of(size_average, reduce, reduction))

def multilabel_margin_loss(input: Tensor, target: Tensor, size_average: Optional[bool] = None, reduce: Optional[bool] = None, reduction: str = 'mean') -> Tensor:
    return torch.multilabel_margin_loss(input, target, _reduction_of(size_average, reduce, reduction))

def multilabel_soft_margin_loss(input: Tensor, target: Tensor, weight: Optional[Tensor] = None, size_average: Optional[bool] = None, reduce: Optional[bool] = None, reduction: str = 'mean') -> Tensor:
    loss = -(target * torch.log_sigmoid(input) + (1 - target) * torch.log_sigmoid(-input))
    if weight is not None:
        loss = loss * weight
    return _reduce(torch.mean(loss, [-1]), _reduction_of(size_average, reduce, reduction))

def ctc_loss(log_probs: Tensor, targets: Tensor, input_lengths: Tensor, target_lengths: Tensor, blank: int = 0, reduction: str = 'mean', zero_infinity: bool = False) -> Tensor:
    return torch.ctc_loss(log_probs, targets, input_lengths, target_lengths, blank, _reduction_of(None, None, reduction), zero_infinity)
)py"};

}  // namespace t2j
