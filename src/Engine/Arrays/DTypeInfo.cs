namespace Torch2Jax.Arrays;

/// <summary>What kind of number an element is.</summary>
internal enum DTypeKind
{
    Bool,
    SignedInteger,
    UnsignedInteger,
    Floating,
    Complex,
}

/// <summary>One row of the dtype table: everything the engine knows about an element type.</summary>
/// <param name="Type">The element type.</param>
/// <param name="Name">JAX's name, which is torch's name too.</param>
/// <param name="ItemSize">Bytes an element.</param>
/// <param name="Kind">What kind of number it is.</param>
/// <param name="TorchDisplay">How libtorch prints it; null where libtorch 1.13 has no such type.</param>
/// <param name="Descr">NumPy's little-endian descr; for types that NumPy lacks, what ml_dtypes writes.</param>
/// <param name="Safetensors">The name in a safetensors header; null where the format has none.</param>
/// <param name="Oip">The datatype of the Open Inference Protocol; null where it has none.</param>
/// <param name="Since">The libtorch version that has it first.</param>
internal sealed record DTypeInfo(
    DType Type,
    string Name,
    int ItemSize,
    DTypeKind Kind,
    string? TorchDisplay,
    string Descr,
    string? Safetensors,
    string? Oip,
    string Since = "1.13"
);
