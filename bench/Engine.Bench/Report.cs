using System.Globalization;
using System.Text;

namespace Torch2Jax.Bench;

/// <summary>One line of the report: what was measured against its peer, and the goal.</summary>
/// <param name="Name">Without spaces.</param>
/// <param name="Ratio">Ours over the peer's; smaller is better.</param>
/// <param name="Goal">The most it may be.</param>
/// <param name="Detail">The numbers behind it.</param>
internal sealed record Row(string Name, double Ratio, double Goal, string Detail)
{
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Name} ratio={Ratio:0.00} goal={Goal:0.00} {Verdict}");

    public string Verdict => Ratio <= Goal ? "ok" : "short";
}

/// <summary>Prints each row as it is measured, and keeps them in a page.</summary>
internal sealed class Report(string title)
{
    private readonly List<Row> rows = [];
    private readonly List<double> loads = [Load()];

    public void Add(Row row)
    {
        rows.Add(row);
        loads.Add(Load());
        Console.WriteLine(row);
    }

    public void Write(string path, string notes)
    {
        var page = new StringBuilder();
        page.AppendLine($"# {title}").AppendLine();
        page.AppendLine(
                CultureInfo.InvariantCulture,
                $"{DateTime.UtcNow:yyyy-MM-dd}, {Machine()}, load average {loads.Min():0.0} to {loads.Max():0.0}. {notes}"
            )
            .AppendLine();
        page.AppendLine("| row | ratio | goal | | numbers |").AppendLine("| --- | --- | --- | --- | --- |");
        foreach (var row in rows)
        {
            page.AppendLine(
                CultureInfo.InvariantCulture,
                $"| {row.Name} | {row.Ratio:0.00} | {row.Goal:0.00} | {row.Verdict} | {row.Detail} |"
            );
        }

        File.WriteAllText(path, page.ToString());
    }

    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    // What else the machine did: numbers of a busy one are to be read as ratios.
    private static double Load() =>
        double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture);

    private static string Machine()
    {
        var model = File.ReadLines("/proc/cpuinfo")
            .FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal));
        return $"{Environment.ProcessorCount} cores of {model?.Split(':')[1].Trim() ?? "an unnamed processor"}, .NET {Environment.Version}";
    }
}
