using System.Numerics;

namespace Torch2Jax.Arrays;

/// <summary>Which dtype a .NET type stands for.</summary>
internal static class ElementTypes
{
    public static DType DtypeOf<T>()
        where T : unmanaged =>
        default(T) switch
        {
            float => DType.Float32,
            double => DType.Float64,
            long => DType.Int64,
            int => DType.Int32,
            short => DType.Int16,
            sbyte => DType.Int8,
            byte => DType.UInt8,
            bool => DType.Bool,
            Half => DType.Float16,
            Complex => DType.Complex128,
            ushort => DType.UInt16,
            uint => DType.UInt32,
            ulong => DType.UInt64,
            _ => throw new ArgumentException($"{typeof(T).Name} stands for no dtype; name the dtype with FromSpan."),
        };
}
