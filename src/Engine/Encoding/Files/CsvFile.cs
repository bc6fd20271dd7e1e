using System.Globalization;
using System.Text;
using CsvHelper;
using CsvHelper.Configuration;
using Torch2Jax.Arrays;
using Torch2Jax.Errors;

namespace Torch2Jax.Encoding;

/// <summary>Tables of numbers: RFC 4180, one row a line, UTF-8, numbers as in every language with a point.</summary>
internal static class CsvFile
{
    /// <summary>Reads a table as an array [rows, columns].</summary>
    /// <exception cref="EngineException">MalformedRequest with the line; PayloadTooLarge.</exception>
    public static NDArray Read(Stream stream, CsvOptions options, string name)
    {
        using var text = new StreamReader(stream, new UTF8Encoding(false, true), true, leaveOpen: true);
        using var csv = new CsvParser(text, Configuration(options));
        try
        {
            return Read(csv, options, name);
        }
        catch (Exception error) when (error is CsvHelperException or DecoderFallbackException)
        {
            throw new EngineException(
                ErrorCode.MalformedRequest,
                $"Line {csv.RawRow} is not csv in UTF-8.",
                name,
                error
            );
        }
    }

    /// <summary>Writes an array of rank 0 to 2; a vector is one column.</summary>
    /// <exception cref="EngineException">OutputShapeMismatch where it is no table of numbers.</exception>
    public static void Write(Stream stream, NDArray array)
    {
        if (array.Rank > 2 || array.Dtype.IsComplex())
        {
            throw new EngineException(
                ErrorCode.OutputShapeMismatch,
                $"{array} is no table: a csv file holds real numbers of rank 2 at most. Let the file end in .npy."
            );
        }

        using var text = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
        var columns = array.Rank == 2 ? array.Shape[1] : 1;
        var elements = NumberText.Of(array);
        for (var i = 0L; i < array.Size; i++)
        {
            text.Write(elements((int)i));
            text.Write((i + 1) % columns == 0 ? "\n" : ",");
        }
    }

    private static NDArray Read(CsvParser csv, CsvOptions options, string name)
    {
        var more = csv.Read();
        var named = options.Header ?? (more && !csv.Record!.Any(field => TryNumber(field, out _)));
        var columns = Columns(csv, more, named ? options.Columns : null, options.Header, name);
        var values = new List<double>();
        var integers = options.Dtype.IsInteger() ? new List<long>() : null;
        var rows = 0L;
        for (more = named ? csv.Read() : more; more; more = csv.Read(), rows++)
        {
            if (options.Header != true && csv.Count != columns.Length)
            {
                throw Wrong(csv, $"{csv.Count} fields, where the first row has {columns.Length}", name);
            }

            foreach (var column in columns)
            {
                Add(csv, column, values, integers, name);
            }
        }

        return rows == 0 && options.Header is null
            ? throw ReadError.Malformed("There is no line of numbers.", name)
            : Fill(options.Dtype, rows, columns.Length, values, integers);
    }

    private static CsvConfiguration Configuration(CsvOptions options) =>
        new(CultureInfo.InvariantCulture)
        {
            Delimiter = options.Delimiter.ToString(),
            IgnoreBlankLines = true,
            TrimOptions = TrimOptions.Trim,
        };

    private static int[] Columns(CsvParser csv, bool any, IReadOnlyList<string>? wanted, bool? header, string name)
    {
        if (!any && header == true)
        {
            throw ReadError.Malformed("The file has no header.", name);
        }

        return wanted is null
            ? [.. Enumerable.Range(0, any ? csv.Count : 0)]
            : [.. wanted.Select(column => Position(csv.Record!, column, name))];
    }

    private static int Position(string[] header, string column, string name) =>
        Array.IndexOf(header, column) is var position and >= 0
            ? position
            : throw ReadError.Malformed(
                $"There is no column \"{column}\"; the header has {string.Join(", ", header.Take(20))}.",
                name
            );

    private static void Add(CsvParser csv, int column, List<double> values, List<long>? integers, string name)
    {
        if (column >= csv.Count)
        {
            throw Wrong(csv, $"{csv.Count} fields, where column {column + 1} is wanted", name);
        }

        var field = csv[column];
        if (integers is not null)
        {
            integers.Add(
                TryInteger(field, out var integer)
                    ? integer
                    : throw Wrong(csv, $"no integer in column {column + 1}", name)
            );
            return;
        }

        values.Add(
            TryNumber(field, out var value) ? value : throw Wrong(csv, $"no number in column {column + 1}", name)
        );
    }

    private static bool TryInteger(string field, out long integer)
    {
        if (long.TryParse(field, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out integer))
        {
            return true;
        }

        // 1.0 and 1e3 are whole, and truth values are 1 and 0.
        var isWhole = TryNumber(field, out var number) && Math.Truncate(number) == number && Math.Abs(number) < 9e18;
        integer = isWhole ? (long)number : 0;
        return isWhole;
    }

    private static bool TryNumber(string field, out double number)
    {
        if (double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out number))
        {
            return true;
        }

        var isTruth = bool.TryParse(field, out var truth);
        number = truth ? 1 : 0;
        return isTruth;
    }

    // A field's text is data, and data stands in no error.
    private static EngineException Wrong(CsvParser csv, string what, string name) =>
        ReadError.Malformed($"Line {csv.RawRow} has {what}.", name);

    private static NDArray Fill(DType dtype, long rows, long width, List<double> values, List<long>? integers)
    {
        var array = NDArray.Allocate(dtype, rows, width);
        for (var i = 0; i < array.Size; i++)
        {
            if (integers is null)
            {
                NumberText.Set(array, i, values[i]);
            }
            else
            {
                NumberText.Set(array, i, integers[i]);
            }
        }

        return array;
    }
}
