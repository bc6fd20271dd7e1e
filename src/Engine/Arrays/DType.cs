namespace Torch2Jax.Arrays;

/// <summary>
/// Element types by JAX's names. The numbers of those that libtorch has are the numbers of its <c>c10::ScalarType</c>
/// (src/Native/include/t2j.h); the others begin at 100 and are known by name alone.
/// </summary>
public enum DType
{
    /// <summary>Unsigned 8 bits.</summary>
    UInt8 = 0,

    /// <summary>Signed 8 bits.</summary>
    Int8 = 1,

    /// <summary>Signed 16 bits.</summary>
    Int16 = 2,

    /// <summary>Signed 32 bits.</summary>
    Int32 = 3,

    /// <summary>Signed 64 bits.</summary>
    Int64 = 4,

    /// <summary>IEEE binary16.</summary>
    Float16 = 5,

    /// <summary>IEEE binary32.</summary>
    Float32 = 6,

    /// <summary>IEEE binary64.</summary>
    Float64 = 7,

    /// <summary>Two binary32: real, imaginary.</summary>
    Complex64 = 9,

    /// <summary>Two binary64: real, imaginary.</summary>
    Complex128 = 10,

    /// <summary>One byte, 0 or 1.</summary>
    Bool = 11,

    /// <summary>The upper half of a binary32.</summary>
    BFloat16 = 15,

    /// <summary>Unsigned 16 bits; libtorch has it from 2.3 on.</summary>
    UInt16 = 100,

    /// <summary>Unsigned 32 bits; libtorch has it from 2.3 on.</summary>
    UInt32 = 101,

    /// <summary>Unsigned 64 bits; libtorch has it from 2.3 on.</summary>
    UInt64 = 102,

    /// <summary>8 bits: 4 of exponent, 3 of mantissa, no infinity; libtorch has it from 2.1 on.</summary>
    Float8E4M3Fn = 103,

    /// <summary>8 bits: 5 of exponent, 2 of mantissa; libtorch has it from 2.1 on.</summary>
    Float8E5M2 = 104,

    /// <summary>As <see cref="Float8E4M3Fn"/> without a negative zero; libtorch has it from 2.2 on.</summary>
    Float8E4M3Fnuz = 105,

    /// <summary>As <see cref="Float8E5M2"/> without a negative zero; libtorch has it from 2.2 on.</summary>
    Float8E5M2Fnuz = 106,
}
