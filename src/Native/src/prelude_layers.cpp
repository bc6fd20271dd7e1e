#include "prelude.h"

namespace t2j {

const PreludePart kPreludeLayers = {"torch.nn.functional", R"py(
def linear(input: Tensor, weight: Tensor, bias: Optional[Tensor] = None) -> Tensor:
    return torch.linear(input, weight, bias)

def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Optional[Tensor] = None) -> Tensor:
    return torch.bilinear(input1, input2, weight, bias)

def embedding(input: Tensor, weight: Tensor, padding_idx: Optional[int] = None, max_norm: Optional[float] = None, norm_type: float = 2.0, scale_grad_by_freq: bool = False, sparse: bool = False) -> Tensor:
    if max_norm is not None:
        raise ValueError("max_norm would change the weight in place; apply it before")
    padding = -1
    if padding_idx is not None:
        padding = padding_idx if padding_idx >= 0 else weight.size(0) + padding_idx
    return torch.embedding(weight, input, padding, scale_grad_by_freq, False)

def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    return torch.one_hot(tensor, num_classes)

def layer_norm(input: Tensor, normalized_shape: List[int], weight: Optional[Tensor] = None, bias: Optional[Tensor] = None, eps: float = 1e-5) -> Tensor:
    return torch.layer_norm(input, normalized_shape, weight, bias, eps, False)

def group_norm(input: Tensor, num_groups: int, weight: Optional[Tensor] = None, bias: Optional[Tensor] = None, eps: float = 1e-5) -> Tensor:
    return torch.group_norm(input, num_groups, weight, bias, eps, False)

def batch_norm(input: Tensor, running_mean: Optional[Tensor], running_var: Optional[Tensor], weight: Optional[Tensor] = None, bias: Optional[Tensor] = None, training: bool = False, momentum: float = 0.1, eps: float = 1e-5) -> Tensor:
    return torch.batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps, False)

def instance_norm(input: Tensor, running_mean: Optional[Tensor] = None, running_var: Optional[Tensor] = None, weight: Optional[Tensor] = None, bias: Optional[Tensor] = None, use_input_stats: bool = True, momentum: float = 0.1, eps: float = 1e-5) -> Tensor:
    return torch.instance_norm(input, weight, bias, running_mean, running_var, use_input_stats, momentum, eps, False)

def local_response_norm(input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Tensor:
    div = torch.unsqueeze(input.mul(input), 1)
    if input.dim() == 3:
        div = torch.avg_pool2d(torch.constant_pad_nd(div, [0, 0, size // 2, (size - 1) // 2]), [size, 1], [1, 1]).squeeze(1)
    else:
        sizes = input.size()
        div = div.view([sizes[0], 1, sizes[1], sizes[2], -1])
        div = torch.constant_pad_nd(div, [0, 0, 0, 0, size // 2, (size - 1) // 2])
        div = torch.avg_pool3d(div, [size, 1, 1], [1, 1, 1]).squeeze(1).view(sizes)
    return input / (div * alpha + k).pow(beta)

def pad(input: Tensor, pad: List[int], mode: str = 'constant', value: Optional[number] = None) -> Tensor:
    if mode == 'constant':
        return torch.constant_pad_nd(input, pad, 0 if value is None else value)
    return torch.pad(input, pad, mode)

def conv1d(input: Tensor, weight: Tensor, bias: Optional[Tensor] = None, stride: Size1 = 1, padding: Size1 = 0, dilation: Size1 = 1, groups: int = 1) -> Tensor:
    return torch.conv1d(input, weight, bias, stride, padding, dilation, groups)

def conv1d__1(input: Tensor, weight: Tensor, bias: Optional[Tensor] = None, stride: Size1 = 1, padding: str = 'valid', dilation: Size1 = 1, groups: int = 1) -> Tensor:
    return torch.conv1d(input, weight, bias, stride, padding, dilation, groups)

def conv2d(input: Tensor, weight: Tensor, bias: Optional[Tensor] = None, stride: Size2 = 1, padding: Size2 = 0, dilation: Size2 = 1, groups: int = 1) -> Tensor:
    return torch.conv2d(input, weight, bias, stride, padding, dilation, groups)

def conv2d__1(input: Tensor, weight: Tensor, bias: Optional[Tensor] = None, stride: Size2 = 1, padding: str = 'valid', dilation: Size2 = 1, groups: int = 1) -> Tensor:
    return torch.conv2d(input, weight, bias, stride, padding, dilation, groups)

def conv3d(input: Tensor, weight: Tensor, bias: Optional[Tensor] = None, stride: Size3 = 1, padding: Size3 = 0, dilation: Size3 = 1, groups: int = 1) -> Tensor:
    return torch.conv3d(input, weight, bias, stride, padding, dilation, groups)

def conv3d__1(input: Tensor, weight: Tensor, bias: Optional[Tensor] = None, stride: Size3 = 1, padding: str = 'valid', dilation: Size3 = 1, groups: int = 1) -> Tensor:
    return torch.conv3d(input, weight, bias, stride, padding, dilation, groups)

def conv_transpose1d(input: Tensor, weight: Tensor, bias: Optional[Tensor] = None, stride: Size1 = 1, padding: Size1 = 0, output_padding: Size1 = 0, groups: int = 1, dilation: Size1 = 1) -> Tensor:
    return torch.conv_transpose1d(input, weight, bias, stride, padding, output_padding, groups, dilation)

def conv_transpose2d(input: Tensor, weight: Tensor, bias: Optional[Tensor] = None, stride: Size2 = 1, padding: Size2 = 0, output_padding: Size2 = 0, groups: int = 1, dilation: Size2 = 1) -> Tensor:
    return torch.conv_transpose2d(input, weight, bias, stride, padding, output_padding, groups, dilation)

def conv_transpose3d(input: Tensor, weight: Tensor, bias: Optional[Tensor] = None, stride: Size3 = 1, padding: Size3 = 0, output_padding: Size3 = 0, groups: int = 1, dilation: Size3 = 1) -> Tensor:
    return torch.conv_transpose3d(input, weight, bias, stride, padding, output_padding, groups, dilation)

def scaled_dot_product_attention(query: Tensor, key: Tensor, value: Tensor, attn_mask: Optional[Tensor] = None, dropout_p: float = 0.0, is_causal: bool = False, scale: Optional[float] = None) -> Tensor:
    factor = 1.0 / math.sqrt(query.size(-1)) if scale is None else scale
    scores = torch.matmul(query * factor, key.transpose(-2, -1))
    if is_causal:
        if attn_mask is not None:
            raise ValueError("attn_mask and is_causal cannot both be given")
        keep = torch.ones([query.size(-2), key.size(-2)], dtype=torch.bool, device=query.device).tril()
        scores = scores.masked_fill(keep.logical_not(), -math.inf)
    if attn_mask is not None:
        if attn_mask.dtype == torch.bool:
            scores = scores.masked_fill(attn_mask.logical_not(), -math.inf)
        else:
            scores = scores + attn_mask
    weights = torch.softmax(scores, -1)
    if dropout_p > 0.0:
        weights = torch.dropout(weights, dropout_p, True)
    return torch.matmul(weights, value)

def _grid_mode(mode: str) -> int:
    code = 0
    if mode == 'bilinear':
        code = 0
    elif mode == 'nearest':
        code = 1
    elif mode == 'bicubic':
        code = 2
    else:
        raise ValueError("mode must be 'bilinear', 'nearest' or 'bicubic', not '" + mode + "'")
    return code

def _grid_padding(mode: str) -> int:
    code = 0
    if mode == 'zeros':
        code = 0
    elif mode == 'border':
        code = 1
    elif mode == 'reflection':
        code = 2
    else:
        raise ValueError("padding_mode must be 'zeros', 'border' or 'reflection', not '" + mode + "'")
    return code

def grid_sample(input: Tensor, grid: Tensor, mode: str = 'bilinear', padding_mode: str = 'zeros', align_corners: Optional[bool] = None) -> Tensor:
    align = False
    if align_corners is not None:
        align = align_corners
    return torch.grid_sampler(input, grid, _grid_mode(mode), _grid_padding(padding_mode), align)

def affine_grid(theta: Tensor, size: List[int], align_corners: Optional[bool] = None) -> Tensor:
    align = False
    if align_corners is not None:
        align = align_corners
    return torch.affine_grid_generator(theta, size, align)
)py"};

const PreludePart kPreludeTorch = {"torch", R"py(
def norm(input: Tensor, p: Optional[number] = 2, dim: Optional[Size1] = None, keepdim: bool = False, dtype: Optional[int] = None) -> Tensor:
    if dim is None:
        dim = torch.jit.annotate(List[int], [])
    if dtype is not None:
        return input.norm(p, dim, keepdim, dtype=dtype)
    return input.norm(p, dim, keepdim)

def norm__1(input: Tensor, p: str, dim: Optional[Size1] = None, keepdim: bool = False, dtype: Optional[int] = None) -> Tensor:
    if p == 'nuc':
        return torch.linalg_matrix_norm(input, p, [-2, -1] if dim is None else dim, keepdim, dtype=dtype)
    if p != 'fro':
        raise ValueError("p must be a number, 'fro' or 'nuc', not '" + p + "'")
    return torch.linalg_vector_norm(input, 2, dim, keepdim, dtype=dtype)

def tensordot(a: Tensor, b: Tensor, dims: int = 2) -> Tensor:
    left = [a.dim() - dims + i for i in range(dims)]
    right = [i for i in range(dims)]
    return torch.ops.aten.tensordot(a, b, left, right)

def tensordot__1(a: Tensor, b: Tensor, dims: List[List[int]]) -> Tensor:
    return torch.ops.aten.tensordot(a, b, dims[0], dims[1])

def tensordot__2(a: Tensor, b: Tensor, dims: Tuple[List[int], List[int]]) -> Tensor:
    return torch.ops.aten.tensordot(a, b, dims[0], dims[1])

def concatenate(tensors: List[Tensor], dim: int = 0) -> Tensor:
    return torch.cat(tensors, dim)
)py"};

}  // namespace t2j
