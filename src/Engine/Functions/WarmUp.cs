using System.Diagnostics;
using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Torch;

namespace Torch2Jax.Functions;

/// <summary>
/// Compiles and runs the most used programs at start, so that the first call of each is as fast as a later one. It never
/// fails the start: what cannot be warmed up is made at its first use.
/// </summary>
internal sealed class WarmUp(FunctionLoader loader, FunctionRuntime runtime)
{
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
#pragma warning disable CA1031 // A start that fails because of its warm-up would be worse than a slow first call.
        catch (Exception error)
#pragma warning restore CA1031
        {
            runtime.Log.WarmUpFailed(error);
        }

        runtime.Log.WarmedUp(programs, functions, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
    }

    private int WarmFunction(JaxFunction function, IEnumerable<ShapeCacheRecord> records, CancellationToken cancellationToken)
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
            catch (EngineException error)
            {
                // Zeros raise where data would not, and an older engine's program may not be one any more.
                runtime.Log.WarmUpSkipped(function.Reference, record.Key.ShapeKey, error);
            }
        }

        return warmed;
    }

    private void WarmProgram(JaxFunction function, ShapeCacheKey key)
    {
        var lines = key.Program.IndexOf('\n', StringComparison.Ordinal);
        var (arguments, transforms) = lines < 0 ? (key.Program, "") : (key.Program[..lines], key.Program[(lines + 1)..]);
        using var code = function.Code.Acquire();
        using var program = code.Programs.Lease(key.Program, arguments, transforms);
        var shapes = ShapeKeyText.Parse(key.ShapeKey);

        // A batch or a cotangent is not in the key: such a program is compiled, and optimised by its first calls.
        var runs = shapes.Length == program.Program.InputCount && !transforms.Contains("B ", StringComparison.Ordinal);
        if (!runs || !ProbeArrays.FitInto(shapes, runtime.Options.MaxInferenceBytes))
        {
            return;
        }

        var zeros = Array.ConvertAll(shapes, ProbeArrays.Zeros);
        try
        {
            var options = new RunOptions(
                key.Device == DeviceName.Default ? key.Device : $"{key.Device}:0",
                MaxBytes: runtime.Options.MaxInferenceBytes,
                TimeoutMs: (int)runtime.Options.MaxInferenceTime.TotalMilliseconds
            );
            for (var i = 0; i < RunsUntilSteady; i++)
            {
                foreach (var output in program.Program.Run(zeros, options).Outputs)
                {
                    output.Dispose();
                }
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
}
