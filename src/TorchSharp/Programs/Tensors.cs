using System.Globalization;
using Torch2Jax.Arrays;
using Torch2Jax.Errors;

namespace Torch2Jax.TorchSharp.Programs;

/// <summary>Small things about tensors.</summary>
internal static class Tensors
{
    /// <summary>Whether a leaf has a derivative: floating and complex ones have.</summary>
    public static bool IsDifferentiable(Tensor tensor) => ((DType)(int)tensor.dtype).IsDifferentiable();

    /// <summary><c>Float[3]</c>, as the reference package names an array.</summary>
    public static string Describe(Tensor tensor) => $"{Display(tensor.dtype)}[{string.Join(", ", tensor.shape)}]";

    public static Tensor MoveAxis(Tensor tensor, long from, long to) =>
        from == to ? tensor : tensor.movedim([from], [to]);

    /// <summary>A view with one more axis, along which it is the same.</summary>
    public static Tensor Repeat(Tensor tensor, long size, long position)
    {
        List<long> shape = [.. tensor.shape];
        shape.Insert((int)position, size);
        return tensor.unsqueeze(position).expand([.. shape]);
    }

    public static Tensor ZerosLike(Tensor tensor) =>
        torch.zeros(tensor.shape, dtype: tensor.dtype, device: tensor.device);

    /// <summary>An array in tensors' memory of its own on a device.</summary>
    public static Tensor From(NDArray array, torch.Device device)
    {
        array.Dtype.RequireSupported();
        Tensor tensor = torch.empty([.. array.Shape], dtype: (ScalarType)(int)array.Dtype);
        array.Bytes.CopyTo(tensor.bytes);
        return device.type == torch.CPU.type ? tensor : tensor.to(device);
    }

    /// <summary>The elements in row-major order in this machine's memory.</summary>
    public static Tensor Dense(Tensor tensor)
    {
        Tensor plain = tensor.detach();
        plain = plain.is_complex() ? plain.resolve_conj() : plain;
        return plain.resolve_neg().cpu().contiguous();
    }

    public static NDArray ToArray(Tensor tensor)
    {
        Tensor dense = Dense(tensor);
        NDArray array = NDArray.Allocate(DtypeOf(dense), dense.shape);
        dense.bytes.CopyTo(array.Bytes);
        return array;
    }

    /// <exception cref="EngineException">UnsupportedDtype: one that arrays have not.</exception>
    public static DType DtypeOf(Tensor tensor)
    {
        var dtype = (DType)(int)tensor.dtype;
        return Enum.IsDefined(dtype)
            ? dtype
            : throw new EngineException(ErrorCode.UnsupportedDtype, $"Unsupported dtype: {tensor.dtype}.");
    }

    /// <summary>A dtype as libtorch prints it.</summary>
    public static string Display(ScalarType type) =>
        type switch
        {
            ScalarType.Byte => "Byte",
            ScalarType.Int8 => "Char",
            ScalarType.Int16 => "Short",
            ScalarType.Int32 => "Int",
            ScalarType.Int64 => "Long",
            ScalarType.Float16 => "Half",
            ScalarType.Float32 => "Float",
            ScalarType.Float64 => "Double",
            ScalarType.ComplexFloat32 => "ComplexFloat",
            ScalarType.ComplexFloat64 => "ComplexDouble",
            _ => Convert.ToString(type, CultureInfo.InvariantCulture)!,
        };
}
