using System.Diagnostics;
using System.Globalization;
using Torch2Jax.Arrays;
using Torch2Jax.Functions;
using Torch2Jax.Trees;

namespace Torch2Jax.Bench;

/// <summary>What only a fresh process can show; each prints its numbers on one line.</summary>
internal static class Restarted
{
    public const string Function = "restart_cross_entropy";

    /// <summary>Nanoseconds of the first call, and of a later one (the median of 41).</summary>
    public static async Task FirstCallAsync(string data, string schema)
    {
        await using var stack = await Stack.StartAsync(data, schema);
        var function = await stack.Functions.GetAsync(Function, default);
        using var logits = NDArray.Allocate(DType.Float32, 10, 5);
        using var labels = NDArray.Allocate(DType.Int64, 10);
        logits.Bytes.Clear();
        labels.Bytes.Clear();
        var invocation = new Invocation(
            new[] { PyTree.Leaf<IArgumentLeaf>(logits), PyTree.Leaf<IArgumentLeaf>(labels) }
        );
        var times = new double[42];
        for (var i = 0; i < times.Length; i++)
        {
            // Each call comes after a pause, as the first one does: back to back, the processor's caches would be compared.
            await Task.Delay(20);
            var started = Stopwatch.GetTimestamp();
            using var result = function.Invoke(invocation);
            times[i] = Stopwatch.GetElapsedTime(started).TotalNanoseconds;
        }

        Print(times[0], Report.Median(times[1..]));
    }

    /// <summary>Milliseconds to start, and nanoseconds of a call afterwards.</summary>
    public static async Task StartAsync(string data, string schema)
    {
        var started = Stopwatch.GetTimestamp();
        await using var stack = await Stack.StartAsync(data, schema);
        var start = Stopwatch.GetElapsedTime(started).TotalMilliseconds;

        var source = "def probe(x: Tensor) -> Tensor:\n    return x + 1\n";
        await stack.Functions.RegisterAsync(new RegistrationRequest("probe", source), default);
        var function = await stack.Functions.GetAsync("probe", default);
        using var x = NDArray.FromArray<float>([1, 2, 3, 4], 4);
        var invocation = new Invocation([PyTree.Leaf<IArgumentLeaf>(x)]);
        var calls = new double[20_000];
        for (var i = 0; i < calls.Length; i++)
        {
            var before = Stopwatch.GetTimestamp();
            using var result = function.Invoke(invocation);
            calls[i] = Stopwatch.GetElapsedTime(before).TotalNanoseconds;
        }

        Print(start, Report.Median(calls[10_000..]));
    }

    /// <summary>Runs one of these in a process of its own and reads its numbers.</summary>
    public static (double First, double Second) Run(params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        start.ArgumentList.Add(typeof(Restarted).Assembly.Location);
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var answer = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        var numbers = answer
            .Trim()
            .Split(' ')
            .Select(text => double.Parse(text, CultureInfo.InvariantCulture))
            .ToArray();
        return (numbers[0], numbers[1]);
    }

    private static void Print(double first, double second) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{first} {second}"));
}
