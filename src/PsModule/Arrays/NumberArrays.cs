using System.Collections;
using System.Collections.Immutable;
using System.Globalization;
using System.Management.Automation;
using System.Numerics;
using System.Runtime.InteropServices;
using Torch2Jax.Arrays;
using Torch2Jax.PsModule.Errors;
using Torch2Jax.PsModule.Values;

namespace Torch2Jax.PsModule.Arrays;

/// <summary>Numbers, .NET arrays of any rank and lists of numbers as arrays.</summary>
internal static class NumberArrays
{
    private const NumberStyles Whole = NumberStyles.AllowLeadingSign;
    private const NumberStyles Real = Whole | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    /// <summary>
    /// A value as a number that stands for an element; bool counts, and so does a numeral as text, since that is what the
    /// shell makes of the -1 in <c>0.5, -1</c>.
    /// </summary>
    public static object? AsNumber(object? value) =>
        value switch
        {
            double or int or long or float or bool or byte or short or sbyte or Half or Complex or decimal => value,
            BigInteger or uint or ulong or ushort => value,
            string text when long.TryParse(text, Whole, CultureInfo.InvariantCulture, out var whole) => whole,
            string text when double.TryParse(text, Real, CultureInfo.InvariantCulture, out var real) => real,
            _ => null,
        };

    /// <summary>Whether a value is a .NET array whose element type says its dtype, at any depth.</summary>
    public static bool IsTyped(object? value) =>
        value is Array array && InnermostType(array.GetType()) is var type && Elements.DtypeOf(type) is not null;

    /// <summary>Whether nothing but numbers is in a list, at any depth; false for an empty one.</summary>
    public static bool IsAllNumbers(object? value) =>
        Unwrap.Value(value) switch
        {
            Array array when IsTyped(array) => true,
            IEnumerable list and not (string or IDictionary) => AllNumbers(list),
            var other => AsNumber(other) is not null,
        };

    /// <summary>An array of no dimensions.</summary>
    public static Torch2JaxArray Scalar(object number, DType dtype, string place = "") =>
        Torch2JaxArray.Create(dtype, [], bytes => Write(dtype, bytes, 0, number, place));

    /// <summary>Reads numbers, a .NET array, or lists of numbers within one another.</summary>
    /// <param name="value">The value.</param>
    /// <param name="dtype">The dtype asked for; null: a typed array's own, else bare numbers' own.</param>
    /// <param name="bareDtype">The dtype of bare numbers where none is asked for; null: float32, int64 or bool.</param>
    /// <param name="place">Where the value stands, for errors.</param>
    public static Torch2JaxArray Read(object value, DType? dtype, DType? bareDtype, string place)
    {
        if (value is Array { Rank: >= 1 } array && Elements.DtypeOf(array.GetType().GetElementType()!) is { } own)
        {
            return FromRectangular(array, own, dtype ?? own, place);
        }

        var flat = new List<object>();
        var shape = new JaggedShape(place).Flatten(value, flat);
        var typed = value is Array jagged ? Elements.DtypeOf(InnermostType(jagged.GetType())) : null;
        var to = dtype ?? typed ?? bareDtype ?? BareDtype(flat);
        return Torch2JaxArray.Create(
            to,
            shape,
            bytes =>
            {
                for (var i = 0; i < flat.Count; i++)
                {
                    Write(to, bytes, i, flat[i], place);
                }
            }
        );
    }

    /// <summary>The same array with another dtype.</summary>
    public static Torch2JaxArray Cast(Torch2JaxArray array, DType dtype, string place) =>
        array.Aval.Dtype == dtype
            ? array
            : Torch2JaxArray.Create(
                dtype,
                array.Aval.Shape,
                bytes =>
                {
                    for (var i = 0L; i < array.Size; i++)
                    {
                        Write(dtype, bytes, i, Elements.Read(array.Aval.Dtype, array.Bytes, i), place);
                    }
                }
            );

    /// <summary>What bare numbers become where nothing else decides: float32, int64, bool, or complex64.</summary>
    public static DType BareDtype(IReadOnlyCollection<object> numbers) =>
        numbers.Any(number => number is Complex) ? DType.Complex64
        : numbers.Any(number => number is double or float or Half or decimal) ? DType.Float32
        : numbers.Count > 0 && numbers.All(number => number is bool) ? DType.Bool
        : numbers.Count == 0 ? DType.Float32
        : DType.Int64;

    private static Torch2JaxArray FromRectangular(Array array, DType own, DType dtype, string place)
    {
        var shape = Enumerable.Range(0, array.Rank).Select(array.GetLongLength).ToImmutableArray();
        if (own == dtype)
        {
            return Torch2JaxArray.Create(
                dtype,
                shape,
                bytes =>
                    MemoryMarshal
                        .CreateReadOnlySpan(ref MemoryMarshal.GetArrayDataReference(array), bytes.Length)
                        .CopyTo(bytes)
            );
        }

        return Torch2JaxArray.Create(
            dtype,
            shape,
            bytes =>
            {
                var i = 0L;
                foreach (var number in array)
                {
                    Write(dtype, bytes, i++, number, place);
                }
            }
        );
    }

    private static void Write(DType dtype, Span<byte> bytes, long index, object number, string place)
    {
        try
        {
            Elements.Write(dtype, bytes, index, number);
        }
        catch (Exception error) when (error is OverflowException or NotSupportedException)
        {
            throw new ModuleException(
                "ValueOutOfRange",
                ErrorCategory.InvalidData,
                place.Length > 0 ? $"{place}: {error.Message}" : error.Message,
                "Give numbers that the dtype holds, or name another dtype: New-Torch2JaxArray -DType.",
                error
            );
        }
    }

    private static bool AllNumbers(IEnumerable list)
    {
        var any = false;
        foreach (var item in list)
        {
            any = true;
            if (!IsAllNumbers(item))
            {
                return false;
            }
        }

        return any;
    }

    private static Type InnermostType(Type type)
    {
        while (type.GetElementType() is { } element)
        {
            type = element;
        }

        return type;
    }
}
