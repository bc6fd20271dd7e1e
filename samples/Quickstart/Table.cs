using System.Globalization;

namespace Torch2Jax.Samples.Quickstart;

/// <summary>One line of the table; milliseconds are those of the whole HTTP request, but the last, the engine's own.</summary>
internal sealed record TableRow(
    string Function,
    string Result,
    bool AsExpected,
    double FirstCall,
    string FirstCache,
    double RepeatedCall,
    string RepeatedCache,
    double InEngine
);

internal static class Table
{
    public static void Print(string title, IReadOnlyList<TableRow> rows)
    {
        string[] head = ["function", "result", "first call", "cache", "repeated", "cache", "in the engine"];
        string[][] lines = [head, .. rows.Select(Cells)];
        var widths = head.Select((_, i) => lines.Max(line => line[i].Length)).ToArray();
        Console.WriteLine();
        Console.WriteLine(title);
        foreach (var line in lines)
        {
            Console.WriteLine("  " + string.Join("  ", line.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd());
        }
    }

    private static string[] Cells(TableRow row) =>
        [
            row.Function,
            row.AsExpected ? row.Result : row.Result + " (WRONG)",
            Milliseconds(row.FirstCall),
            row.FirstCache,
            Milliseconds(row.RepeatedCall),
            row.RepeatedCache,
            Milliseconds(row.InEngine),
        ];

    private static string Milliseconds(double value) => value.ToString("0.00", CultureInfo.InvariantCulture) + " ms";
}
