using System.Diagnostics;
using System.Globalization;
using Torch2Jax.Arrays;
using Torch2Jax.Torch;

namespace Torch2Jax.Bench;

/// <summary>Calls on a GPU against plain libtorch there. Needs no database: a machine with a GPU may have none.</summary>
internal static class DeviceRows
{
    private const string Device = "cuda:0";
    private const int Rounds = 7;
    private const int Repeats = 5;
    private const int Callers = 8;

    /// <summary>False where there is no GPU.</summary>
    /// <param name="report">Where rows go.</param>
    /// <param name="peer">bench/peers/device.cpp.</param>
    /// <param name="functions">bench/peers/functions.</param>
    /// <param name="size">Rows of the matrices that are multiplied.</param>
    public static bool TryMeasure(Report report, Peer peer, string functions, int size)
    {
        using var backend = NativeTorchBackend.Create();
        if (backend.Devices.All(device => device.Name != Device))
        {
            return false;
        }

        var source = Path.Combine(functions, "sin_plus_x.ts");
        using var function = backend.Compile(File.ReadAllText(source), null);
        using var program = function.CreateProgram("*0;", "");
        foreach (
            var (name, rows, columns, calls) in (ReadOnlySpan<(string, int, int, int)>)
                [("call_8_floats", 1, 8, 5_000), ("call_4_MiB", 1024, 1024, 200)]
        )
        {
            using var call = new DeviceCall(program, [EngineCall.Ramp(rows, columns)], [(rows, columns)]);
            report.Add(
                Turns.Measure(
                    name,
                    1.3,
                    Rounds,
                    () => call.NanosecondsPerCall(calls),
                    () => peer.NanosecondsPerCall("call", Device, source, "sin_plus_x", rows, columns, calls)
                )
            );
        }

        foreach (
            var (name, columns, calls) in (ReadOnlySpan<(string, int, int)>)
                [("round_trip_4_MiB", 1024, 200), ("round_trip_256_MiB", 65536, 5)]
        )
        {
            using var call = new DeviceCall(program, [EngineCall.Ramp(1024, columns)], [(1024, columns)]);
            report.Add(
                Turns.Measure(
                    name,
                    1.2,
                    Rounds,
                    () => call.NanosecondsPerCall(calls),
                    () => peer.NanosecondsPerCall("copies", Device, 4096L * columns, calls)
                )
            );
        }

        report.Add(MeasureCallers(program));
        foreach (var dtype in (ReadOnlySpan<DType>)[DType.Float32, DType.BFloat16])
        {
            report.Add(MeasureMatmul(backend, peer, dtype, size));
        }

        return true;
    }

    // Time of a call, one after another, with several callers over that with one.
    private static Row MeasureCallers(ITorchProgram program)
    {
        var calls = Enumerable
            .Range(0, Callers)
            .Select(_ => new DeviceCall(program, [EngineCall.Ramp(1024, 1024)], [(1024, 1024)]))
            .ToArray();
        var row = Turns.Measure(
            "8_callers_over_1",
            1.0,
            Rounds,
            () =>
            {
                var started = Stopwatch.GetTimestamp();
                Task.WaitAll(
                    [
                        .. calls.Select(call =>
                            Task.Factory.StartNew(() => call.Run(50), TaskCreationOptions.LongRunning)
                        ),
                    ]
                );
                return Stopwatch.GetElapsedTime(started).TotalNanoseconds / (50 * Callers);
            },
            () => calls[0].NanosecondsPerCall(50)
        );
        Array.ForEach(calls, call => call.Dispose());
        return row;
    }

    private static Row MeasureMatmul(NativeTorchBackend backend, Peer peer, DType dtype, int size)
    {
        const int Calls = 10;
        using var function = backend.Compile("def f(a, b):\n    return torch.mm(a, b).sum()\n", null);
        using var program = function.CreateProgram("*0;*1;", "");
        using var host = NDArray.Allocate(dtype, size, size);
        host.Bytes.Clear();
        // As stored arrays they stay on the device, where the peer's are.
        var name = dtype == DType.Float32 ? "float32" : "bfloat16";
        NDArray[] factors = [host.As(new ContentKey(name, 0)), host.As(new ContentKey(name, 1))];
        return Turns.Measure(
            string.Create(CultureInfo.InvariantCulture, $"matmul_{size}_{name}"),
            1.05,
            Rounds,
            () =>
                Median(
                    () => Array.ForEach(new int[Calls], _ => DisposeAll(program.Run(factors, new RunOptions(Device)))),
                    Calls
                ),
            () => peer.NanosecondsPerCall("matmul", Device, size, name, Calls)
        );
    }

    private static void DisposeAll(ProgramResult result)
    {
        foreach (var output in result.Outputs)
        {
            output.Dispose();
        }
    }

    private static double Median(Action run, int calls)
    {
        run();
        return Report.Median(
            Enumerable
                .Range(0, Repeats)
                .Select(_ =>
                {
                    var started = Stopwatch.GetTimestamp();
                    run();
                    return Stopwatch.GetElapsedTime(started).TotalNanoseconds / calls;
                })
                .ToArray()
        );
    }

    /// <summary>A program with its arrays.</summary>
    private sealed class DeviceCall(ITorchProgram program, NDArray[] inputs, (int Rows, int Columns)[] shapes)
        : IDisposable
    {
        private readonly NDArray[] outputs =
        [
            .. shapes.Select(shape => NDArray.Allocate(DType.Float32, shape.Rows, shape.Columns)),
        ];

        public double NanosecondsPerCall(int calls) => Median(() => Run(calls), calls);

        public void Run(int calls)
        {
            for (var i = 0; i < calls; i++)
            {
                program.RunInto(inputs, outputs, new RunOptions(Device));
            }
        }

        public void Dispose() => Array.ForEach([.. inputs, .. outputs], array => array.Dispose());
    }
}
