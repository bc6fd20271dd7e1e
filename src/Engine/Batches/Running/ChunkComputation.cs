using Torch2Jax.Arrays;
using Torch2Jax.Functions;
using Torch2Jax.Trees;

namespace Torch2Jax.Batches;

/// <summary>The calls of a batch.</summary>
internal sealed class ChunkComputation(
    JaxFunction function,
    BatchManifest manifest,
    long seed,
    ICallTurns? turns = null
)
{
    private readonly TimedCalls calls = new(turns ?? new FreeTurns(), manifest.Device, manifest.Timeout);

    /// <summary>Calls that outlived the manifest's limit and still run.</summary>
    public int StillRunning => calls.StillRunning;

    /// <summary>One call an element, in order. The caller disposes of the results; on an error none is left.</summary>
    public async Task<IReadOnlyList<(LoadedElement Element, PyTree<NDArray> Result)>> ComputeAsync(LoadedChunk chunk)
    {
        var results = new List<(LoadedElement, PyTree<NDArray>)>(chunk.Elements.Count);
        var spent = TimeSpan.Zero;
        try
        {
            foreach (var element in chunk.Elements)
            {
                (var result, spent) = await calls
                    .RunAsync(spent, () => new CallResult(function.Invoke(Call(element)).Outputs), chunk.Borrow())
                    .ConfigureAwait(false);
                results.Add((element, result.Outputs));
            }

            return results;
        }
        catch
        {
            Release(results);
            throw;
        }
    }

    /// <summary>The shapes that a call gives.</summary>
    public PyTree<ShapeDtypeStruct> Infer(LoadedElement element) => function.EvalShape(Call(element)).Outputs;

    public static void Release(IEnumerable<(LoadedElement Element, PyTree<NDArray> Result)> results)
    {
        foreach (var array in results.SelectMany(result => result.Result.Leaves))
        {
            array.Dispose();
        }
    }

    private Invocation Call(LoadedElement element) =>
        new(
            [.. manifest.Args.Select(argument => argument.Build(element.Fill))],
            manifest.Kwargs?.ToDictionary(pair => pair.Key, pair => pair.Value.Build(element.Fill)),
            manifest.Transforms,
            Device: manifest.Device,
            Seed: SeedOf(element.Index)
        );

    /// <summary>Each element's own, whatever process computes it in whatever order (the mixer of SplitMix64).</summary>
    private long SeedOf(long index)
    {
        unchecked
        {
            var z = (ulong)seed + (((ulong)index + 1) * 0x9E3779B97F4A7C15);
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return (long)((z ^ (z >> 31)) >> 1);
        }
    }
}
