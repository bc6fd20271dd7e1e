#include "prelude.h"

namespace t2j {

const PreludePart kPreludePooling = {"torch.nn.functional", R"py(
def max_pool1d(input: Tensor, kernel_size: Size1, stride: Optional[Size1] = None, padding: Size1 = 0, dilation: Size1 = 1, ceil_mode: bool = False) -> Tensor:
    if stride is None:
        stride = torch.jit.annotate(List[int], [])
    return torch.max_pool1d(input, kernel_size, stride, padding, dilation, ceil_mode)

def max_pool2d(input: Tensor, kernel_size: Size2, stride: Optional[Size2] = None, padding: Size2 = 0, dilation: Size2 = 1, ceil_mode: bool = False) -> Tensor:
    if stride is None:
        stride = torch.jit.annotate(List[int], [])
    return torch.max_pool2d(input, kernel_size, stride, padding, dilation, ceil_mode)

def max_pool3d(input: Tensor, kernel_size: Size3, stride: Optional[Size3] = None, padding: Size3 = 0, dilation: Size3 = 1, ceil_mode: bool = False) -> Tensor:
    if stride is None:
        stride = torch.jit.annotate(List[int], [])
    return torch.max_pool3d(input, kernel_size, stride, padding, dilation, ceil_mode)

def avg_pool1d(input: Tensor, kernel_size: Size1, stride: Optional[Size1] = None, padding: Size1 = 0, ceil_mode: bool = False, count_include_pad: bool = True) -> Tensor:
    if stride is None:
        stride = torch.jit.annotate(List[int], [])
    return torch.avg_pool1d(input, kernel_size, stride, padding, ceil_mode, count_include_pad)

def avg_pool2d(input: Tensor, kernel_size: Size2, stride: Optional[Size2] = None, padding: Size2 = 0, ceil_mode: bool = False, count_include_pad: bool = True, divisor_override: Optional[int] = None) -> Tensor:
    if stride is None:
        stride = torch.jit.annotate(List[int], [])
    return torch.avg_pool2d(input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)

def avg_pool3d(input: Tensor, kernel_size: Size3, stride: Optional[Size3] = None, padding: Size3 = 0, ceil_mode: bool = False, count_include_pad: bool = True, divisor_override: Optional[int] = None) -> Tensor:
    if stride is None:
        stride = torch.jit.annotate(List[int], [])
    return torch.avg_pool3d(input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)

def _pool_size(input: Tensor, size: List[Optional[int]]) -> List[int]:
    sizes: List[int] = []
    for i in range(len(size)):
        wanted = size[i]
        sizes.append(input.size(i - len(size)) if wanted is None else wanted)
    return sizes

def adaptive_avg_pool1d(input: Tensor, output_size: Size1) -> Tensor:
    return torch.adaptive_avg_pool1d(input, output_size)

def adaptive_avg_pool2d(input: Tensor, output_size: Size2) -> Tensor:
    return torch.adaptive_avg_pool2d(input, output_size)

def adaptive_avg_pool2d__1(input: Tensor, output_size: List[Optional[int]]) -> Tensor:
    return torch.adaptive_avg_pool2d(input, _pool_size(input, output_size))

def adaptive_avg_pool3d(input: Tensor, output_size: Size3) -> Tensor:
    return torch.adaptive_avg_pool3d(input, output_size)

def adaptive_max_pool1d(input: Tensor, output_size: Size1) -> Tensor:
    return torch.adaptive_max_pool1d(input, output_size)[0]

def adaptive_max_pool2d(input: Tensor, output_size: Size2) -> Tensor:
    return torch.adaptive_max_pool2d(input, output_size)[0]

def adaptive_max_pool3d(input: Tensor, output_size: Size3) -> Tensor:
    return torch.adaptive_max_pool3d(input, output_size)[0]

def lp_pool1d(input: Tensor, norm_type: number, kernel_size: int, stride: Optional[Size1] = None, ceil_mode: bool = False) -> Tensor:
    mean = avg_pool1d(input.pow(norm_type), kernel_size, stride, 0, ceil_mode)
    return (torch.sign(mean) * torch.relu(torch.abs(mean))).mul(kernel_size).pow(1.0 / float(norm_type))

def lp_pool2d(input: Tensor, norm_type: number, kernel_size: Size2, stride: Optional[Size2] = None, ceil_mode: bool = False) -> Tensor:
    mean = avg_pool2d(input.pow(norm_type), kernel_size, stride, 0, ceil_mode)
    return (torch.sign(mean) * torch.relu(torch.abs(mean))).mul(kernel_size[0] * kernel_size[1]).pow(1.0 / float(norm_type))

def _interpolate(input: Tensor, size: Optional[List[int]], scale: Optional[List[float]], mode: str, align_corners: Optional[bool], antialias: bool) -> Tensor:
    rank = input.dim() - 2
    if size is not None and len(size) == 1 and rank > 1:
        size = [size[0] for i in range(rank)]
    if scale is not None and len(scale) == 1 and rank > 1:
        scale = [scale[0] for i in range(rank)]
    align = False
    if align_corners is not None:
        if mode == 'nearest' or mode == 'area' or mode == 'nearest-exact':
            raise ValueError("align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | trilinear")
        align = align_corners
    if mode == 'area':
        if size is None:
            if scale is None:
                raise ValueError("either size or scale_factor should be defined")
            size = [int(math.floor(float(input.size(i + 2)) * scale[i])) for i in range(rank)]
        if rank == 1:
            return torch.adaptive_avg_pool1d(input, size)
        if rank == 2:
            return torch.adaptive_avg_pool2d(input, size)
        return torch.adaptive_avg_pool3d(input, size)
    if mode == 'nearest' and rank == 1:
        return torch.upsample_nearest1d(input, size, scale)
    if mode == 'nearest' and rank == 2:
        return torch.upsample_nearest2d(input, size, scale)
    if mode == 'nearest' and rank == 3:
        return torch.upsample_nearest3d(input, size, scale)
    if mode == 'nearest-exact' and rank == 1:
        return torch._upsample_nearest_exact1d(input, size, scale)
    if mode == 'nearest-exact' and rank == 2:
        return torch._upsample_nearest_exact2d(input, size, scale)
    if mode == 'nearest-exact' and rank == 3:
        return torch._upsample_nearest_exact3d(input, size, scale)
    if mode == 'linear' and rank == 1:
        return torch.upsample_linear1d(input, size, align, scale)
    if mode == 'bilinear' and rank == 2:
        if antialias:
            return torch._upsample_bilinear2d_aa(input, size, align, scale)
        return torch.upsample_bilinear2d(input, size, align, scale)
    if mode == 'bicubic' and rank == 2:
        if antialias:
            return torch._upsample_bicubic2d_aa(input, size, align, scale)
        return torch.upsample_bicubic2d(input, size, align, scale)
    if mode == 'trilinear' and rank == 3:
        return torch.upsample_trilinear3d(input, size, align, scale)
    raise ValueError("mode '" + mode + "' does not fit an input of rank " + str(rank + 2))

def interpolate(input: Tensor, size: Optional[List[int]] = None, scale_factor: Optional[List[float]] = None, mode: str = 'nearest', align_corners: Optional[bool] = None, recompute_scale_factor: Optional[bool] = None, antialias: bool = False) -> Tensor:
    return _interpolate(input, size, scale_factor, mode, align_corners, antialias)

def interpolate__1(input: Tensor, size: int, scale_factor: Optional[List[float]] = None, mode: str = 'nearest', align_corners: Optional[bool] = None, recompute_scale_factor: Optional[bool] = None, antialias: bool = False) -> Tensor:
    return _interpolate(input, [size], scale_factor, mode, align_corners, antialias)

def interpolate__2(input: Tensor, size: Optional[List[int]] = None, scale_factor: number = 1.0, mode: str = 'nearest', align_corners: Optional[bool] = None, recompute_scale_factor: Optional[bool] = None, antialias: bool = False) -> Tensor:
    return _interpolate(input, size, [float(scale_factor)], mode, align_corners, antialias)

def pixel_shuffle(input: Tensor, upscale_factor: int) -> Tensor:
    return torch.pixel_shuffle(input, upscale_factor)

def unfold(input: Tensor, kernel_size: Size2, dilation: Size2 = 1, padding: Size2 = 0, stride: Size2 = 1) -> Tensor:
    return torch.im2col(input, kernel_size, dilation, padding, stride)

def fold(input: Tensor, output_size: Size2, kernel_size: Size2, dilation: Size2 = 1, padding: Size2 = 0, stride: Size2 = 1) -> Tensor:
    return torch.col2im(input, output_size, kernel_size, dilation, padding, stride)
)py"};

}  // namespace t2j
