using System.Globalization;
using Torch2Jax.Arrays;
using Torch2Jax.Functions;
using Torch2Jax.Trees;

namespace Torch2Jax.Bench;

/// <summary>The first call after a restart, and starting with a full registry against an empty one.</summary>
internal static class RestartRows
{
    private const int Rounds = 5;
    private const int FunctionCount = 10_000;
    private const int EntriesEach = 10;

    public static async Task MeasureAsync(Report report, string functions, string data)
    {
        await FirstCallAsync(report, functions, data);
        await FillAsync(data, "full");
        var starts = Enumerable
            .Range(0, Rounds)
            .Select(_ => (Empty: Restarted.Run("start", data, "empty"), Full: Restarted.Run("start", data, "full")))
            .ToArray();
        var empty = Report.Median(starts.Select(start => start.Empty.First)) / 1000;
        var full = Report.Median(starts.Select(start => start.Full.First)) / 1000;
        report.Add(
            new Row(
                "registry_start_extra_seconds",
                full - empty,
                1,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{FunctionCount} functions and {FunctionCount * EntriesEach} entries {full:0.00} s, empty {empty:0.00} s"
                )
            )
        );
        var emptyCall = Report.Median(starts.Select(start => start.Empty.Second));
        var fullCall = Report.Median(starts.Select(start => start.Full.Second));
        report.Add(
            new Row(
                "registry_full_call",
                fullCall / emptyCall,
                1.1,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"full {fullCall / 1e3:0.00} us, empty {emptyCall / 1e3:0.00} us"
                )
            )
        );
    }

    private static async Task FirstCallAsync(Report report, string functions, string data)
    {
        var source = await File.ReadAllTextAsync(Path.Combine(functions, "cross_entropy.ts"));
        await using (var stack = await Stack.StartAsync(data, "restart"))
        {
            await stack.Functions.RegisterAsync(
                new RegistrationRequest(Restarted.Function, source, Entry: "cross_entropy"),
                default
            );
            await stack.Registry.FlushAsync(default);
        }

        Restarted.Run("first-call", data, "restart"); // records the shape
        var runs = Enumerable.Range(0, Rounds).Select(_ => Restarted.Run("first-call", data, "restart")).ToArray();
        var first = Report.Median(runs.Select(run => run.First));
        var later = Report.Median(runs.Select(run => run.Second));
        report.Add(
            new Row(
                "first_call_after_restart",
                Report.Median(runs.Select(run => run.First / run.Second)),
                1.5,
                string.Create(CultureInfo.InvariantCulture, $"first {first / 1e3:0.0} us, later {later / 1e3:0.0} us")
            )
        );
    }

    private static async Task FillAsync(string data, string schema)
    {
        await using var stack = await Stack.StartAsync(data, schema);
        var details = new FunctionDetails("f(x: Tensor) -> Tensor", null, null, null, [], null);
        await Parallel.ForEachAsync(
            Enumerable.Range(0, FunctionCount),
            new ParallelOptions { MaxDegreeOfParallelism = 8 },
            async (i, cancellation) =>
            {
                var source = $"def f(x: Tensor) -> Tensor:\n    return x + {i}\n";
                var content = new FunctionContent(source, null, "f", false, null, null, null, "sequential", null);
                await stack.Registry.SaveAsync($"filled_{i:00000}", content, details, cancellation);
            }
        );
        var now = DateTimeOffset.UtcNow;
        var engine = stack.Functions.EngineVersion;
        for (var i = 0; i < FunctionCount; i++)
        {
            for (var rows = 1; rows <= EntriesEach; rows++)
            {
                var shape = $"float32[{rows}, 5]";
                var key = new ShapeCacheKey($"filled_{i:00000}", 1, "*0;", shape, "cpu");
                var shapes = $$"""{"dtype":"float32","shape":[{{rows}},5]}""";
                stack.Registry.QueueEntry(
                    new ShapeCacheRecord(key, "PyTreeDef((*,))", shapes, false, engine, rows, now, now)
                );
            }

            if (i % 1000 == 999)
            {
                await stack.Registry.FlushAsync(default);
            }
        }
    }
}
