using System.Globalization;
using System.Text;
using Torch2Jax.Arrays;
using Torch2Jax.PsModule.Arrays;

namespace Torch2Jax.PsModule.Files;

/// <summary>
/// Matrices as lines of numbers between commas. A first line that holds no number is a heading; one column is still a
/// matrix, so that what is written comes back in the same shape (a vector as one column, a scalar as one cell).
/// </summary>
internal static class CsvFile
{
    public static Torch2JaxArray Read(Stream file, DType dtype)
    {
        using var reader = new StreamReader(file, new UTF8Encoding(false), leaveOpen: true);
        var numbers = new List<object>();
        var (columns, rows, line) = (0, 0, 0);
        while (reader.ReadLine() is { } text)
        {
            line++;
            if (string.IsNullOrWhiteSpace(text))
            {
                continue;
            }

            var cells = text.Split(',');
            if (rows == 0 && columns == 0 && !cells.Any(cell => TryNumber(cell, out _)))
            {
                columns = cells.Length;
                continue;
            }

            columns = columns == 0 ? cells.Length : columns;
            if (cells.Length != columns)
            {
                throw new FormatException($"line {line} has {cells.Length} cells, the first one {columns}.");
            }

            foreach (var cell in cells)
            {
                numbers.Add(
                    TryNumber(cell, out var number)
                        ? number
                        : throw new FormatException($"\"{cell.Trim()}\" in line {line} is no number.")
                );
            }

            rows++;
        }

        if (rows == 0)
        {
            throw new FormatException("there is no line of numbers.");
        }

        return NumberArrays.Read(numbers, dtype, null, "The file").Reshape(rows, columns);
    }

    public static void Write(Stream file, Torch2JaxArray array)
    {
        if (array.Rank > 2 || array.Aval.Dtype.IsComplex())
        {
            throw new FormatException($"{array.Aval} is no matrix of real numbers; use .npy.");
        }

        using var writer = new StreamWriter(file, new UTF8Encoding(false), leaveOpen: true);
        var columns = array.Rank == 2 ? array.Aval.Shape[1] : 1;
        for (var i = 0L; i < array.Size; i++)
        {
            writer.Write(ArrayText.Element(Elements.Read(array.Aval.Dtype, array.Bytes, i)));
            writer.Write((i + 1) % columns == 0 ? "\n" : ",");
        }
    }

    private static bool TryNumber(string cell, out object number)
    {
        var text = cell.Trim().Trim('"');
        if (bool.TryParse(text, out var flag))
        {
            number = flag;
            return true;
        }

        var isWhole = long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var whole);
        var isReal = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var real);
        number = isWhole ? whole : real;
        return isReal;
    }
}
