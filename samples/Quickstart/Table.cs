using System.Globalization;

namespace Torch2Jax.Samples.Quickstart;

/// <summary>One line of the table.</summary>
internal sealed record TableRow(string Function, string Result, bool AsExpected, Timing First, Timing Repeated);

/// <summary>Milliseconds of the whole HTTP request and of the engine alone, and what the shape cache said.</summary>
internal sealed record Timing(double Request, double InEngine, string Cache);

internal static class Table
{
    public static void Print(string title, IReadOnlyList<TableRow> rows)
    {
        string[] head = ["function", "result", "first call", "(engine)", "cache", "repeated", "(engine)", "cache"];
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
            .. Cells(row.First),
            .. Cells(row.Repeated),
        ];

    private static string[] Cells(Timing timing) =>
        [Milliseconds(timing.Request), $"({Milliseconds(timing.InEngine)})", timing.Cache];

    private static string Milliseconds(double value) => value.ToString("0.00", CultureInfo.InvariantCulture) + " ms";
}
