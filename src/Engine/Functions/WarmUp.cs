using System.Diagnostics;
using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Stored;
using Torch2Jax.Torch;
using Torch2Jax.Trees;

namespace Torch2Jax.Functions;

/// <summary>
/// Compiles and runs the most used programs at start, so that the first call of each is as fast as a later one. It never
/// fails the start: what cannot be warmed up is made at its first use.
/// </summary>
internal sealed class WarmUp(FunctionLoader loader, FunctionRuntime runtime, StoredArrays arrays)
{
    // What they stand for is a row each; their content is read when it is first used.
    private const int NamesOfArrays = 1024;

    // The executor profiles the first run of a program and optimises in the second; the third is as fast as any.
    private const int RunsUntilSteady = 3;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (runtime.Options.WarmUpPerFunction <= 0)
        {
            return;
        }

        var started = Stopwatch.GetTimestamp();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(runtime.Options.WarmUpTime);
        var (programs, functions) = (0, 0);
        try
        {
            await arrays.LearnAsync(NamesOfArrays, limit.Token).ConfigureAwait(false);
            var records = await runtime
                .Registry.LoadMostUsedAsync(runtime.Options.WarmUpPerFunction, runtime.Options.WarmUpTotal, limit.Token)
                .ConfigureAwait(false);
            if (records.Count > 0)
            {
                CallRehearsal.Run(runtime, limit.Token);
            }

            foreach (var group in records.GroupBy(r => (r.Key.Name, r.Key.Version)))
            {
                limit.Token.ThrowIfCancellationRequested();
                var function = await loader
                    .LoadAsync(new FunctionReference(group.Key.Name, null), limit.Token)
                    .ConfigureAwait(false);
                functions++;
                programs += WarmFunction(function, group, limit.Token);
            }
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            // Out of time, or the service ends: the rest is made at its first use.
        }
        catch (Exception error)
        {
            // A start that fails because of its warm-up would be worse than a slow first call.
            runtime.Log.WarmUpFailed(error);
        }

        runtime.Log.WarmedUp(programs, functions, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
    }

    private int WarmFunction(
        JaxFunction function,
        IEnumerable<ShapeCacheRecord> records,
        CancellationToken cancellationToken
    )
    {
        var warmed = 0;
        foreach (var record in records.Where(r => r.Key.Version == function.Version.Version))
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                WarmProgram(function, record.Key);
                warmed++;
            }
            catch (Exception error) when (error is EngineException or FormatException)
            {
                // Zeros raise where data would not, and an older engine's program may not be one any more.
                runtime.Log.WarmUpSkipped(function.Reference, record.Key.ShapeKey, error);
            }
        }

        return warmed;
    }

    // A plain program is called as its callers will; around a transformed one, shapes are missing from the key (a batch, a
    // cotangent), so that it is only made, and run where it takes the function's own arguments.
    private void WarmProgram(JaxFunction function, ShapeCacheKey key)
    {
        var shapes = ShapeKeyText.Parse(key.ShapeKey);
        if (!ProbeArrays.FitInto(shapes, runtime.Options.MaxInferenceBytes))
        {
            WarmNative(function, key, []);
            return;
        }

        var zeros = Array.ConvertAll(shapes, ProbeArrays.Zeros);
        try
        {
            if (key.Program.Contains('\n', StringComparison.Ordinal))
            {
                WarmNative(function, key, zeros);
                return;
            }

            var call = CallOf(function, key, zeros);
            for (var i = 0; i < RunsUntilSteady; i++)
            {
                function.WarmUp(call);
            }
        }
        finally
        {
            foreach (var array in zeros)
            {
                array.Dispose();
            }
        }
    }

    private void WarmNative(JaxFunction function, ShapeCacheKey key, NDArray[] zeros)
    {
        var line = key.Program.IndexOf('\n', StringComparison.Ordinal);
        var (arguments, transforms) = line < 0 ? (key.Program, "") : (key.Program[..line], key.Program[(line + 1)..]);
        using var code = function.Code.Acquire();
        using var program = code.Programs.Lease(key.Program, arguments, transforms);
        var isBatched = transforms.Split('\n').Any(l => l.StartsWith("B ", StringComparison.Ordinal));
        if (zeros.Length == 0 || isBatched || zeros.Length != program.Program.InputCount)
        {
            return;
        }

        var options = new RunOptions(Device(key), MaxBytes: runtime.Options.MaxInferenceBytes, TimeoutMs: TimeoutMs);
        for (var i = 0; i < RunsUntilSteady; i++)
        {
            foreach (var output in program.Program.Run(zeros, options).Outputs)
            {
                output.Dispose();
            }
        }
    }

    private Invocation CallOf(JaxFunction function, ShapeCacheKey key, NDArray[] zeros)
    {
        var arguments = new ProgramArguments(key.Program, zeros).ReadAll();
        var args = new List<PyTree<IArgumentLeaf>>();
        var kwargs = new Dictionary<string, PyTree<IArgumentLeaf>>(StringComparer.Ordinal);
        for (var i = 0; i < arguments.Count; i++)
        {
            if (arguments[i] is not { } argument)
            {
                continue;
            }

            // Whether it came by position does not show in the program; the example, where there is one, says it.
            var name = function.Schema.Arguments[i].Name;
            if (i == args.Count && i < function.Schema.PositionalCount && !function.TakesByKeyword(name))
            {
                args.Add(argument);
            }
            else
            {
                kwargs.Add(name, argument);
            }
        }

        return new Invocation(args, kwargs, Device: Device(key), Timeout: runtime.Options.MaxInferenceTime);
    }

    private int TimeoutMs => (int)runtime.Options.MaxInferenceTime.TotalMilliseconds;

    private static string Device(ShapeCacheKey key) =>
        key.Device == DeviceName.Default ? key.Device : $"{key.Device}:0";
}
