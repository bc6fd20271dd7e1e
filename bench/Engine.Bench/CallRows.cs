using System.Globalization;

namespace Torch2Jax.Bench;

/// <summary>Repeated calls against the floor, and what they allocate.</summary>
internal static class CallRows
{
    private const int Rounds = 7;

    private static readonly Workload[] Workloads =
    [
        new("sin_plus_x_8_floats", "sin_plus_x", 1, 8, 20_000, false, 1.3),
        new("cross_entropy_10x5", "cross_entropy", 10, 5, 20_000, true, 1.3),
        new("sin_plus_x_4_MiB", "sin_plus_x", 1024, 1024, 40, false, 0.5),
        new("sin_plus_x_64_MiB", "sin_plus_x", 4096, 4096, 5, false, 0.5),
    ];

    public static async Task MeasureAsync(Report report, Floor floor, string functions, string data)
    {
        await using var stack = await Stack.StartAsync(data, "calls");
        foreach (var work in Workloads)
        {
            using var engine = await EngineCall.CreateAsync(stack.Functions, functions, work);
            var rounds = Enumerable
                .Range(0, Rounds)
                .Select(_ => (Floor: floor.NanosecondsPerCall(work), Engine: engine.NanosecondsPerCall()))
                .ToArray();
            var ratio = Report.Median(rounds.Select(round => round.Engine / round.Floor));
            report.Add(
                new Row(
                    work.Name,
                    ratio,
                    work.Goal,
                    $"engine {Time(Report.Median(rounds.Select(round => round.Engine)))}, "
                        + $"floor {Time(Report.Median(rounds.Select(round => round.Floor)))}"
                )
            );
        }

        using var small = await EngineCall.CreateAsync(stack.Functions, functions, Workloads[0]);
        var bytes = small.BytesPerCall(10_000);
        report.Add(
            new Row(
                "managed_bytes_per_call",
                bytes,
                0,
                $"{bytes.ToString(CultureInfo.InvariantCulture)} bytes over 10000 calls"
            )
        );
    }

    private static string Time(double nanoseconds) =>
        nanoseconds < 1e6
            ? string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1e3:0.00} us")
            : string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1e6:0.00} ms");
}
