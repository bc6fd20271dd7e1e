using System.Globalization;
using Torch2Jax.Arrays;
using Torch2Jax.Functions;

namespace Torch2Jax.Bench;

/// <summary>Repeated calls against the floor, and what they allocate.</summary>
internal static class CallRows
{
    private const int Rounds = 7;

    private static readonly CallWork[] Works =
    [
        new("sin_plus_x_8_floats", "sin_plus_x", 1, 8, 20_000, 1.3),
        new("cross_entropy_10x5", "cross_entropy", 10, 5, 20_000, 1.3, Labels: true),
        new("sin_plus_x_4_MiB", "sin_plus_x", 1024, 1024, 40, 0.5),
        new("sin_plus_x_64_MiB", "sin_plus_x", 4096, 4096, 5, 0.5),
    ];

    public static async Task MeasureAsync(Report report, Peer floor, string functions, string data)
    {
        await using var stack = await Stack.StartAsync(data, "calls");
        foreach (var work in Works)
        {
            using var call = await CreateAsync(stack.Functions, functions, work);
            var source = Path.Combine(functions, work.Function + ".ts");
            object[] arguments = [source, work.Function, work.Rows, work.Columns, work.Calls];
            report.Add(
                Turns.Measure(
                    work.Name,
                    work.Goal,
                    Rounds,
                    () => call.NanosecondsPerCall(work.Calls),
                    () => floor.NanosecondsPerCall(work.Labels ? [.. arguments, "labels"] : arguments)
                )
            );
        }

        using var small = await CreateAsync(stack.Functions, functions, Works[0]);
        var bytes = small.BytesPerCall(10_000);
        report.Add(
            new Row(
                "managed_bytes_per_call",
                bytes,
                0,
                string.Create(CultureInfo.InvariantCulture, $"{bytes} bytes a call over 10000 calls")
            )
        );
    }

    private static Task<EngineCall> CreateAsync(FunctionService service, string functions, CallWork work)
    {
        var x = EngineCall.Ramp(work.Rows, work.Columns);
        if (!work.Labels)
        {
            return EngineCall.CreateAsync(service, functions, work.Function, [x], EngineCall.Plain(x));
        }

        var labels = NDArray.Allocate(DType.Int64, work.Rows);
        for (var i = 0; i < work.Rows; i++)
        {
            labels.AsSpan<long>()[i] = i % work.Columns;
        }

        return EngineCall.CreateAsync(service, functions, work.Function, [x, labels], EngineCall.Plain(x, labels));
    }

    /// <summary>A function over one float32 array (and labels), as the peer knows it.</summary>
    private sealed record CallWork(
        string Name,
        string Function,
        int Rows,
        int Columns,
        int Calls,
        double Goal,
        bool Labels = false
    );
}
