using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Memory;
using Torch2Jax.Torch;
using Torch2Jax.Trees;

namespace Torch2Jax.Functions;

/// <summary>
/// A function with the structure and the shapes of its arguments fixed: called with nothing but flat arrays, it allocates
/// nothing. Calls on many threads at once are fine. Dispose of it when done.
/// </summary>
public sealed class JaxProgram : IDisposable
{
    private readonly CompiledCode code;
    private readonly CachedProgram program;
    private readonly ShapeDtypeStruct[] inputs;
    private readonly RunOptions options;
    private readonly MemoryPlace place;
    private readonly MemoryEstimate atLeast;
    private readonly ShapeEntry? entry;
    private readonly FunctionRuntime runtime;
    private int disposed;

    internal JaxProgram(
        CompiledCode code,
        CachedProgram program,
        ShapeDtypeStruct[] inputs,
        PyTree<ShapeDtypeStruct>? outputs,
        in RunOptions options,
        MemoryPlace place,
        ShapeEntry? entry,
        FunctionRuntime runtime
    )
    {
        this.code = code;
        this.program = program;
        this.inputs = inputs;
        this.options = options;
        this.place = place;
        this.entry = entry;
        this.runtime = runtime;
        Outputs = outputs;
        atLeast = new MemoryEstimate(MemoryEstimate.BytesOf(inputs), 0, EstimateBasis.Nothing);
    }

    /// <summary>Shapes and dtypes of the arrays a call takes, in order.</summary>
    public IReadOnlyList<ShapeDtypeStruct> Inputs => inputs;

    /// <summary>The outputs' tree; null where their shapes depend on data (then <see cref="Run"/> is the way).</summary>
    public PyTree<ShapeDtypeStruct>? Outputs { get; }

    /// <summary>Makes arrays for the outputs.</summary>
    /// <exception cref="EngineException">DataDependentShape where their shapes are not known.</exception>
    public NDArray[] AllocateOutputs() =>
        Outputs is { } known
            ? [.. known.Leaves.Select(NDArray.Allocate)]
            : throw ShapeInference.DependsOnData(string.Join(", ", (IEnumerable<ShapeDtypeStruct>)inputs));

    /// <summary>Runs on arrays and writes the results into arrays of the caller; allocates nothing.</summary>
    /// <exception cref="EngineException">Shapes are not those that were fixed, or the function raised.</exception>
    public void RunInto(ReadOnlySpan<NDArray> arrays, ReadOnlySpan<NDArray> outputs)
    {
        Check(arrays);
        using var lease = place.Admit(Estimate());
        try
        {
            program.Program.RunInto(arrays, outputs, options);
        }
        catch (MemoryException error)
        {
            runtime.Memory.GiveBack(place, error);
            throw;
        }

        if (entry is not null)
        {
            runtime.Hits.Count(entry);
        }
    }

    /// <summary>Runs on arrays and gives new ones, in flatten order; the caller disposes of them.</summary>
    /// <exception cref="EngineException">Shapes are not those that were fixed, or the function raised.</exception>
    public IReadOnlyList<NDArray> Run(ReadOnlySpan<NDArray> arrays)
    {
        Check(arrays);
        using var lease = place.Admit(Estimate());
        try
        {
            var ran = program.Program.Run(arrays, options);
            if (entry is not null)
            {
                runtime.Hits.Count(entry);
                runtime.NotePeak(entry, ran.PeakBytes);
            }

            return ran.Outputs;
        }
        catch (MemoryException error)
        {
            runtime.Memory.GiveBack(place, error);
            throw;
        }
    }

    /// <summary>Lets go of the program.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref disposed, 1) == 0)
        {
            program.Dispose();
            code.Dispose();
        }
    }

    // A call through the registry's cache may have told more since.
    private MemoryEstimate Estimate() => entry?.Estimate(atLeast.Inputs) ?? atLeast;

    private void Check(ReadOnlySpan<NDArray> arrays)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref disposed) != 0, this);
        var fits = arrays.Length == inputs.Length;
        for (var i = 0; fits && i < inputs.Length; i++)
        {
            fits = arrays[i].Fits(inputs[i]);
        }

        if (!fits)
        {
            throw Mismatch(arrays);
        }
    }

    private EngineException Mismatch(ReadOnlySpan<NDArray> arrays)
    {
        var came = new List<string>();
        foreach (var array in arrays)
        {
            came.Add(array.ToString());
        }

        return new EngineException(
            ErrorCode.StructureMismatch,
            $"This program takes ({string.Join(", ", (IEnumerable<ShapeDtypeStruct>)inputs)}), but "
                + $"({string.Join(", ", came)}) came. Bind another program for other shapes."
        );
    }
}
