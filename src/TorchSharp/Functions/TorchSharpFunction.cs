using Torch2Jax.Errors;
using Torch2Jax.Torch;
using Torch2Jax.TorchSharp.Programs;
using Torch2Jax.TorchSharp.Structures;

namespace Torch2Jax.TorchSharp.Functions;

/// <summary>What all kinds of function here have in common: programs are made of them in one way.</summary>
internal abstract class TorchSharpFunction : ICompiledFunction
{
    private int disposed;

    protected TorchSharpFunction(FunctionSchema schema)
    {
        Schema = schema;
        Counts.AddFunctions(1);
    }

    public FunctionSchema Schema { get; }

    /// <summary>Whether a loop in it may not end on made-up data.</summary>
    protected virtual bool Loops => false;

    /// <summary>Why its shapes cannot be found on zeros; null where they may.</summary>
    protected virtual string? NeedsData => null;

    public ITorchProgram CreateProgram(string arguments, string transforms)
    {
        ObjectDisposedException.ThrowIf(disposed != 0, this);
        IReadOnlyList<ArgumentStructure> structures = ArgumentStructure.Parse(arguments);
        if (structures.Count != Schema.Arguments.Length)
        {
            throw new EngineException(
                ErrorCode.Internal,
                $"the structure code has {structures.Count} arguments, the function {Schema.Arguments.Length}"
            );
        }

        int leaves = ArgumentStructure.CountLeaves(structures);
        var traits = new FunctionTraits(Schema.IsRandom, Schema.Mutates, Loops, NeedsData);
        var builder = new ProgramBuilder(Bind(structures, leaves), leaves, traits.Mutates);
        foreach (string line in transforms.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            builder.Add(new TransformLine(line));
        }

        return new TorchSharpProgram(builder.Finish(), builder.Inputs, traits);
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref disposed, 1) == 0)
        {
            Counts.AddFunctions(-1);
        }
    }

    /// <summary>The function on leaves alone.</summary>
    protected abstract LeafFunction Bind(IReadOnlyList<ArgumentStructure> arguments, int leaves);
}
