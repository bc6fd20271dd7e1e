using System.Globalization;
using System.Text;
using CsvHelper;
using CsvHelper.Configuration;
using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Errors;

namespace Torch2Jax.Batches;

/// <summary>Tables of numbers: RFC 4180, one row a line, UTF-8, numbers as in every language with a point.</summary>
internal static class CsvFile
{
    /// <summary>Reads a table as an array [rows, columns].</summary>
    /// <exception cref="EngineException">MalformedRequest with the line; PayloadTooLarge.</exception>
    public static NDArray Read(Stream stream, CsvOptions options, string name)
    {
        using var text = new StreamReader(stream, new UTF8Encoding(false, true), true, leaveOpen: true);
        using var csv = new CsvParser(text, Configuration(options));
        var columns = options.Header ? Columns(csv, options, name) : null;
        var values = new List<double>();
        var integers = options.Dtype.IsInteger() ? new List<long>() : null;
        var (rows, width) = (0L, columns?.Length ?? 0);
        try
        {
            while (csv.Read())
            {
                columns ??= [.. Enumerable.Range(0, csv.Count)];
                width = columns.Length;
                foreach (var column in columns)
                {
                    Add(csv, column, values, integers, name);
                }

                if (!options.Header && csv.Count != width)
                {
                    throw Wrong(csv, $"{csv.Count} fields, where the first row has {width}", name);
                }

                rows++;
            }
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

        return Fill(options.Dtype, rows, width, values, integers);
    }

    /// <summary>Writes an array of rank 0 to 2; a vector is one column.</summary>
    /// <exception cref="EngineException">OutputShapeMismatch where it is no table of numbers.</exception>
    public static void Write(Stream stream, NDArray array)
    {
        if (array.Rank > 2 || array.Dtype.IsComplex())
        {
            throw new EngineException(
                ErrorCode.OutputShapeMismatch,
                $"A result is {array}; a csv file holds real numbers of rank 2 at most. Let output.files end in .npy."
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

    private static CsvConfiguration Configuration(CsvOptions options) =>
        new(CultureInfo.InvariantCulture)
        {
            Delimiter = options.Delimiter.ToString(),
            HasHeaderRecord = options.Header,
            IgnoreBlankLines = true,
            TrimOptions = TrimOptions.Trim,
        };

    private static int[] Columns(CsvParser csv, CsvOptions options, string name)
    {
        if (!csv.Read())
        {
            throw ManifestObject.Error("The file has no header.", name);
        }

        var header = csv.Record!;
        return options.Columns is null
            ? [.. Enumerable.Range(0, header.Length)]
            : [.. options.Columns.Select(column => Position(header, column, name))];
    }

    private static int Position(string[] header, string column, string name) =>
        Array.IndexOf(header, column) is var position and >= 0
            ? position
            : throw ManifestObject.Error(
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
                long.TryParse(field, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var integer)
                    ? integer
                    : throw Wrong(csv, $"no integer in column {column + 1}", name)
            );
            return;
        }

        values.Add(
            double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
                ? value
                : throw Wrong(csv, $"no number in column {column + 1}", name)
        );
    }

    // A field's text is data, and data stands in no error.
    private static EngineException Wrong(CsvParser csv, string what, string name) =>
        ManifestObject.Error($"Line {csv.RawRow} has {what}.", name);

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
