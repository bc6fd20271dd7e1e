using System.Diagnostics;
using Torch2Jax.Arrays;
using Torch2Jax.Batches;
using Torch2Jax.Encoding;
using Torch2Jax.Functions;
using static System.FormattableString;

namespace Torch2Jax.Bench;

/// <summary>Batches over files against calls of the same function on the same arrays, already in memory.</summary>
internal static class BatchRows
{
    private const int Rounds = 5;
    private const int Concurrency = 2;

    // The product's promise: 0.9 of the engine's throughput.
    private const double Goal = 1 / 0.9;

    private static readonly (string Name, string Source)[] Functions =
    [
        (
            "layers",
            "def layers(x: Tensor) -> Tensor:\n    y = x\n    for i in range(4):\n        y = torch.tanh(torch.matmul(y, x))\n    return y\n"
        ),
        ("wave", "def wave(x: Tensor) -> Tensor:\n    return torch.sin(x) + x\n"),
    ];

    public static async Task MeasureAsync(Report report, string data)
    {
        await using var stack = await Stack.StartAsync(data, "batches");
        foreach (var (name, source) in Functions)
        {
            await stack.Functions.RegisterAsync(new RegistrationRequest(name, source));
        }

        await AddAsync(report, stack, new("batch_64_files_of_1_MiB_matrix_products", "layers", 64, 512, 512, 1, false));
        await AddAsync(report, stack, new("batch_64_files_of_4_MiB_sin", "wave", 64, 1024, 1024, 1, false));
        await AddAsync(report, stack, new("batch_256_MiB_split_sin", "wave", 64, 1024, 1024, 1024, true));
        await AddAsync(report, stack, new("batch_10000_rows_of_1_KiB", "wave", 10_000, 1, 256, 1, true));
    }

    private static async Task AddAsync(Report report, Stack stack, Work work)
    {
        var folder = Directory.CreateTempSubdirectory("t2j-bench-");
        var arrays = Enumerable.Range(0, work.Count).Select(_ => EngineCall.Ramp(work.Rows, work.Columns)).ToArray();
        try
        {
            work.Write(folder.FullName, arrays);
            var function = await stack.Functions.GetAsync(work.Function, default);
            // A first round each is not measured: the shape is found, files come into the system's cache.
            Compute(function, arrays);
            var service = new BatchService(stack.Functions, stack.Backend, stack.Registry.Batches, new());
            await RunAsync(service, folder.FullName, work);
            var row = Turns.Measure(
                work.Name,
                Goal,
                Rounds,
                () => RunAsync(service, folder.FullName, work).GetAwaiter().GetResult(),
                () => Compute(function, arrays)
            );
            var files = Report.Median(Enumerable.Range(0, Rounds).Select(_ => Copy(folder.FullName)));
            report.Add(
                row with
                {
                    Detail = Invariant($"{row.Detail}, its files alone copied and synced {files:0} ms"),
                }
            );
        }
        finally
        {
            Array.ForEach(arrays, array => array.Dispose());
            folder.Delete(recursive: true);
        }
    }

    // What the disk needs for the same bytes, whoever writes them.
    private static double Copy(string folder)
    {
        var to = Directory.CreateDirectory(Path.Combine(folder, "copies")).FullName;
        var started = Stopwatch.GetTimestamp();
        foreach (var file in Directory.GetFiles(folder, "*.npy", SearchOption.AllDirectories).Where(IsInput))
        {
            using var source = File.OpenRead(file);
            using var copy = File.Create(Path.Combine(to, Path.GetFileName(file)), 1 << 20);
            source.CopyTo(copy, 1 << 20);
            copy.Flush(flushToDisk: true);
        }

        var elapsed = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        Directory.Delete(to, recursive: true);
        return elapsed;

        bool IsInput(string file) =>
            Path.GetFileName(file) == "x.npy" || file.Contains("/in/", StringComparison.Ordinal);
    }

    private static double Compute(JaxFunction function, NDArray[] arrays)
    {
        var started = Stopwatch.GetTimestamp();
        Parallel.ForEach(
            arrays,
            new ParallelOptions { MaxDegreeOfParallelism = Concurrency },
            array => function.Invoke(EngineCall.Plain(array)).Dispose()
        );
        return Stopwatch.GetElapsedTime(started).TotalNanoseconds;
    }

    private static async Task<double> RunAsync(BatchService service, string folder, Work work)
    {
        var started = Stopwatch.GetTimestamp();
        var batch = await service.CreateAsync(ManifestReader.Read(work.Manifest), folder, default);
        var ended = await service.RunAsync(batch.Id);
        return ended.State == BatchState.Completed
            ? Stopwatch.GetElapsedTime(started).TotalNanoseconds
            : throw new InvalidOperationException($"{work.Name} ended {ended.State}");
    }

    /// <summary>Arrays float32 [rows, columns], as files of their own or as one array split along its first axis.</summary>
    private sealed record Work(
        string Name,
        string Function,
        int Count,
        int Rows,
        int Columns,
        int ChunkSize,
        bool IsSplit
    )
    {
        public string Manifest =>
            $$"""
                {"function":"{{Function}}","args":[{"$input":"x"}],"chunkSize":{{ChunkSize}},"concurrency":{{Concurrency}},
                 "inputs":{"x":{{(IsSplit ? """{"array":"x.npy"}""" : """{"files":"in/*.npy"}""")}}},
                 "output":{{(IsSplit ? """{"array":"y.npy"}""" : """{"files":"out/{stem}.npy"}""")}},"overwrite":true}
                """;

        public void Write(string folder, NDArray[] arrays)
        {
            if (!IsSplit)
            {
                Directory.CreateDirectory(Path.Combine(folder, "in"));
                for (var i = 0; i < arrays.Length; i++)
                {
                    using var file = File.Create(Path.Combine(folder, "in", $"{i:0000}.npy"));
                    Npy.Write(file, arrays[i]);
                }

                return;
            }

            using var whole = NDArray.Allocate(DType.Float32, (long)Count * Rows, Columns);
            for (var i = 0; i < arrays.Length; i++)
            {
                arrays[i].Bytes.CopyTo(whole.Bytes[(i * arrays[i].ByteLength)..]);
            }

            using var stream = File.Create(Path.Combine(folder, "x.npy"));
            Npy.Write(stream, whole);
        }
    }
}
