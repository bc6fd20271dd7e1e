using System.Text;
using Torch2Jax.Errors;

namespace Torch2Jax.Arrays;

/// <summary>The one table of element types: names in JAX, torch, NumPy, safetensors and on the wire, sizes and kinds.</summary>
public static class DTypes
{
    // Numbers from here on are types that the libtorch 1.13 line lacks (DType.cs).
    private const int FirstUnsupported = 100;

    private static readonly DTypeInfo[] Rows =
    [
        new(DType.Bool, "bool", 1, DTypeKind.Bool, "Bool", "|b1", "BOOL", "BOOL"),
        new(DType.Int8, "int8", 1, DTypeKind.SignedInteger, "Char", "|i1", "I8", "INT8"),
        new(DType.Int16, "int16", 2, DTypeKind.SignedInteger, "Short", "<i2", "I16", "INT16"),
        new(DType.Int32, "int32", 4, DTypeKind.SignedInteger, "Int", "<i4", "I32", "INT32"),
        new(DType.Int64, "int64", 8, DTypeKind.SignedInteger, "Long", "<i8", "I64", "INT64"),
        new(DType.UInt8, "uint8", 1, DTypeKind.UnsignedInteger, "Byte", "|u1", "U8", "UINT8"),
        new(DType.Float16, "float16", 2, DTypeKind.Floating, "Half", "<f2", "F16", "FP16"),
        new(DType.BFloat16, "bfloat16", 2, DTypeKind.Floating, "BFloat16", "<V2", "BF16", "BF16"),
        new(DType.Float32, "float32", 4, DTypeKind.Floating, "Float", "<f4", "F32", "FP32"),
        new(DType.Float64, "float64", 8, DTypeKind.Floating, "Double", "<f8", "F64", "FP64"),
        new(DType.Complex64, "complex64", 8, DTypeKind.Complex, "ComplexFloat", "<c8", "C64", null),
        new(DType.Complex128, "complex128", 16, DTypeKind.Complex, "ComplexDouble", "<c16", null, null),
        new(DType.UInt16, "uint16", 2, DTypeKind.UnsignedInteger, null, "<u2", "U16", "UINT16", "2.3"),
        new(DType.UInt32, "uint32", 4, DTypeKind.UnsignedInteger, null, "<u4", "U32", "UINT32", "2.3"),
        new(DType.UInt64, "uint64", 8, DTypeKind.UnsignedInteger, null, "<u8", "U64", "UINT64", "2.3"),
        new(DType.Float8E4M3Fn, "float8_e4m3fn", 1, DTypeKind.Floating, null, "|V1", "F8_E4M3", null, "2.1"),
        new(DType.Float8E5M2, "float8_e5m2", 1, DTypeKind.Floating, null, "|V1", "F8_E5M2", null, "2.1"),
        new(DType.Float8E4M3Fnuz, "float8_e4m3fnuz", 1, DTypeKind.Floating, null, "|V1", null, null, "2.2"),
        new(DType.Float8E5M2Fnuz, "float8_e5m2fnuz", 1, DTypeKind.Floating, null, "|V1", null, null, "2.2"),
    ];

    private static readonly DTypeInfo?[] ByNumber = IndexByNumber();

    /// <summary>The types that this libtorch line has, in the table's order.</summary>
    public static IReadOnlyList<DType> Supported { get; } =
    [.. Rows.Where(row => (int)row.Type < FirstUnsupported).Select(row => row.Type)];

    /// <summary>The names of the supported types as one readable list; error texts end with it.</summary>
    public static string SupportedNames { get; } = string.Join(", ", Supported.Select(Name));

    /// <summary>JAX's name.</summary>
    public static string Name(this DType dtype) => Info(dtype).Name;

    /// <summary>Bytes an element.</summary>
    public static int ItemSize(this DType dtype) => Info(dtype).ItemSize;

    /// <summary>Whether it is a real floating type.</summary>
    public static bool IsFloating(this DType dtype) => Info(dtype).Kind == DTypeKind.Floating;

    /// <summary>Whether it is complex.</summary>
    public static bool IsComplex(this DType dtype) => Info(dtype).Kind == DTypeKind.Complex;

    /// <summary>Whether it is an integer type; bool is not.</summary>
    public static bool IsInteger(this DType dtype) =>
        Info(dtype).Kind is DTypeKind.SignedInteger or DTypeKind.UnsignedInteger;

    /// <summary>Whether leaves of it have tangents and cotangents: floating and complex types.</summary>
    public static bool IsDifferentiable(this DType dtype) =>
        Info(dtype).Kind is DTypeKind.Floating or DTypeKind.Complex;

    /// <summary>Whether the libtorch 1.13 line has it.</summary>
    public static bool IsSupported(this DType dtype) => (int)dtype < FirstUnsupported;

    /// <summary>How libtorch prints it (<c>Float</c>, <c>Long</c>); JAX's name where libtorch lacks it.</summary>
    internal static string TorchDisplayName(this DType dtype) => Info(dtype).TorchDisplay ?? Info(dtype).Name;

    /// <summary>NumPy's little-endian descr, such as <c>&lt;f4</c>.</summary>
    internal static string NumpyDescr(this DType dtype) => Info(dtype).Descr;

    /// <summary>The name in a safetensors header; null where the format has none.</summary>
    internal static string? SafetensorsName(this DType dtype) => Info(dtype).Safetensors;

    /// <summary>The datatype of the Open Inference Protocol (<c>FP32</c>); null where it has none.</summary>
    public static string? OipName(this DType dtype) => Info(dtype).Oip;

    /// <summary>Finds a type by JAX's name, supported or not.</summary>
    public static bool TryParse(ReadOnlySpan<char> name, out DType dtype) =>
        TryFind(static (row, text) => text.SequenceEqual(row.Name), name, out dtype);

    /// <summary>Finds a type by JAX's name, supported or not.</summary>
    public static bool TryParse(string name, out DType dtype) => TryParse(name.AsSpan(), out dtype);

    /// <summary>Finds a type by JAX's name in UTF-8, supported or not.</summary>
    public static bool TryParse(ReadOnlySpan<byte> utf8Name, out DType dtype)
    {
        Span<char> name = stackalloc char[16];
        dtype = default;
        return utf8Name.Length <= name.Length
            && Ascii.ToUtf16(utf8Name, name, out var written) == System.Buffers.OperationStatus.Done
            && TryParse(name[..written], out dtype);
    }

    /// <summary>Finds a type by how libtorch prints it.</summary>
    internal static bool TryParseTorchDisplayName(ReadOnlySpan<char> name, out DType dtype) =>
        TryFind(static (row, text) => row.TorchDisplay is { } known && text.SequenceEqual(known), name, out dtype);

    /// <summary>Finds a type by its name in a safetensors header.</summary>
    internal static bool TryParseSafetensorsName(ReadOnlySpan<char> name, out DType dtype) =>
        TryFind(static (row, text) => row.Safetensors is { } known && text.SequenceEqual(known), name, out dtype);

    /// <summary>Finds a type by its datatype in the Open Inference Protocol.</summary>
    public static bool TryParseOipName(ReadOnlySpan<char> name, out DType dtype) =>
        TryFind(static (row, text) => row.Oip is { } known && text.SequenceEqual(known), name, out dtype);

    /// <summary>Finds a type by NumPy's little-endian descr; <c>&lt;V2</c> is bfloat16, as ml_dtypes writes it.</summary>
    internal static bool TryParseNumpyDescr(ReadOnlySpan<char> descr, out DType dtype) =>
        TryFind(static (row, text) => row.Descr != "|V1" && text.SequenceEqual(row.Descr), descr, out dtype);

    /// <summary>Reads the name of a type that can be computed with.</summary>
    /// <param name="name">JAX's name.</param>
    /// <param name="path">Where the name stands in the request.</param>
    /// <exception cref="EngineException">MalformedRequest for an unknown name, UnsupportedDtype for one that libtorch lacks.</exception>
    public static DType Parse(string name, string? path = null)
    {
        if (!TryParse(name, out var dtype))
        {
            throw new EngineException(
                ErrorCode.MalformedRequest,
                $"\"{Shorten(name)}\" is not a dtype; give one of {SupportedNames}.",
                path
            );
        }

        RequireSupported(dtype, path);
        return dtype;
    }

    /// <summary>Throws where this libtorch line lacks the type.</summary>
    /// <exception cref="EngineException">UnsupportedDtype, naming the supported types and the libtorch that has this one.</exception>
    public static void RequireSupported(this DType dtype, string? path = null)
    {
        if (!dtype.IsSupported())
        {
            throw new EngineException(
                ErrorCode.UnsupportedDtype,
                $"Unsupported dtype: {dtype.Name()}. libtorch has it from {Info(dtype).Since} on; "
                    + $"the linked 1.13 line supports {SupportedNames}.",
                path
            );
        }
    }

    internal static DTypeInfo Info(DType dtype) =>
        (uint)dtype < (uint)ByNumber.Length && ByNumber[(int)dtype] is { } info
            ? info
            : throw new ArgumentOutOfRangeException(nameof(dtype), dtype, "Not a dtype.");

    private static string Shorten(string name) => name.Length <= 64 ? name : string.Concat(name.AsSpan(0, 64), "...");

    private static bool TryFind(
        Func<DTypeInfo, ReadOnlySpan<char>, bool> matches,
        ReadOnlySpan<char> text,
        out DType dtype
    )
    {
        foreach (var row in Rows)
        {
            if (matches(row, text))
            {
                dtype = row.Type;
                return true;
            }
        }

        dtype = default;
        return false;
    }

    private static DTypeInfo?[] IndexByNumber()
    {
        var index = new DTypeInfo?[Rows.Max(row => (int)row.Type) + 1];
        foreach (var row in Rows)
        {
            index[(int)row.Type] = row;
        }

        return index;
    }
}
