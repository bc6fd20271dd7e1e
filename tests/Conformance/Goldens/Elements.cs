using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Torch2Jax.Conformance.Goldens;

/// <summary>One element of an array between its bytes, JSON and a number; written anew here, so that it checks the engine's.</summary>
internal static class Elements
{
    public static int Size(string dtype) =>
        dtype switch
        {
            "bool" or "int8" or "uint8" => 1,
            "int16" or "float16" or "bfloat16" => 2,
            "int32" or "float32" => 4,
            "int64" or "float64" or "complex64" => 8,
            "complex128" => 16,
            _ => throw new NotSupportedException(dtype),
        };

    public static bool IsInexact(string dtype) => dtype.Contains("float", StringComparison.Ordinal) || IsComplex(dtype);

    public static bool IsComplex(string dtype) => dtype.StartsWith("complex", StringComparison.Ordinal);

    public static Complex ToComplex(string dtype, ReadOnlySpan<byte> at) =>
        dtype switch
        {
            "complex64" => new Complex(
                BinaryPrimitives.ReadSingleLittleEndian(at),
                BinaryPrimitives.ReadSingleLittleEndian(at[4..])
            ),
            "complex128" => new Complex(
                BinaryPrimitives.ReadDoubleLittleEndian(at),
                BinaryPrimitives.ReadDoubleLittleEndian(at[8..])
            ),
            _ => ToDouble(dtype, at),
        };

    public static JsonNode? ToJson(string dtype, ReadOnlySpan<byte> at) =>
        dtype switch
        {
            "bool" => at[0] != 0,
            "int64" => BinaryPrimitives.ReadInt64LittleEndian(at),
            "complex64" => new JsonArray(
                Number(ToComplex(dtype, at).Real, true),
                Number(ToComplex(dtype, at).Imaginary, true)
            ),
            "complex128" => new JsonArray(Number(ToComplex(dtype, at).Real), Number(ToComplex(dtype, at).Imaginary)),
            "float32" => Number(ToDouble(dtype, at), true),
            _ => Number(ToDouble(dtype, at)),
        };

    /// <summary>Writes one JSON value (an array of two for a complex one) as bytes.</summary>
    public static void FromJson(string dtype, JsonElement value, Span<byte> at)
    {
        switch (dtype)
        {
            case "bool":
                at[0] = value.GetBoolean() ? (byte)1 : (byte)0;
                break;
            case "int64":
                BinaryPrimitives.WriteInt64LittleEndian(at, value.GetInt64());
                break;
            case "complex64" or "complex128":
                FromDouble(Half(dtype), ParseDouble(value[0]), at);
                FromDouble(Half(dtype), ParseDouble(value[1]), at[(Size(dtype) / 2)..]);
                break;
            default:
                FromDouble(dtype, ParseDouble(value), at);
                break;
        }
    }

    public static double ToDouble(string dtype, ReadOnlySpan<byte> at) =>
        dtype switch
        {
            "bool" or "uint8" => at[0],
            "int8" => (sbyte)at[0],
            "int16" => BinaryPrimitives.ReadInt16LittleEndian(at),
            "int32" => BinaryPrimitives.ReadInt32LittleEndian(at),
            "int64" => BinaryPrimitives.ReadInt64LittleEndian(at),
            "float16" => (double)BinaryPrimitives.ReadHalfLittleEndian(at),
            "bfloat16" => BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(at) << 16),
            "float32" => BinaryPrimitives.ReadSingleLittleEndian(at),
            "float64" => BinaryPrimitives.ReadDoubleLittleEndian(at),
            _ => throw new NotSupportedException(dtype),
        };

    public static void FromDouble(string dtype, double value, Span<byte> at)
    {
        switch (dtype)
        {
            case "bool" or "uint8":
                at[0] = checked((byte)value);
                break;
            case "int8":
                at[0] = (byte)checked((sbyte)value);
                break;
            case "int16":
                BinaryPrimitives.WriteInt16LittleEndian(at, checked((short)value));
                break;
            case "int32":
                BinaryPrimitives.WriteInt32LittleEndian(at, checked((int)value));
                break;
            case "int64":
                BinaryPrimitives.WriteInt64LittleEndian(at, checked((long)value));
                break;
            case "float16":
                BinaryPrimitives.WriteHalfLittleEndian(at, (Half)value);
                break;
            case "bfloat16":
                BinaryPrimitives.WriteUInt16LittleEndian(at, ToBFloat16((float)value));
                break;
            case "float32":
                BinaryPrimitives.WriteSingleLittleEndian(at, (float)value);
                break;
            case "float64":
                BinaryPrimitives.WriteDoubleLittleEndian(at, value);
                break;
            default:
                throw new NotSupportedException(dtype);
        }
    }

    private static string Half(string complex) => complex == "complex64" ? "float32" : "float64";

    // The answer's number is the nearest one to a bfloat16, whose lower half is zero or rounds to it.
    private static ushort ToBFloat16(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? (ushort)0x7FC0 : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    private static double ParseDouble(JsonElement value) =>
        value.ValueKind != JsonValueKind.String
            ? value.GetDouble()
            : value.GetString() switch
            {
                "NaN" => double.NaN,
                "Infinity" => double.PositiveInfinity,
                "-Infinity" => double.NegativeInfinity,
                var other => throw new FormatException($"'{other}' is not a number"),
            };

    private static JsonValue? Number(double value, bool single = false)
    {
        if (!double.IsFinite(value))
        {
            return JsonValue.Create(
                double.IsNaN(value) ? "NaN"
                : value > 0 ? "Infinity"
                : "-Infinity"
            );
        }

        return single ? JsonValue.Create((float)value) : JsonValue.Create(value);
    }
}
