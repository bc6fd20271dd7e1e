using System.Runtime.InteropServices;
using Torch2Jax.TorchSharp.Programs;
using Torch2Jax.TorchSharp.Structures;
using Torch2Jax.TorchSharp.Trials;

namespace Torch2Jax.TorchSharp.Scripts;

/// <summary>A compiled text and the calls of its wrapper.</summary>
internal sealed class Script
{
    private readonly torch.jit.CompilationUnit unit;

    private Script(torch.jit.CompilationUnit unit) => this.unit = unit;

    /// <exception cref="Errors.EngineException">InvalidSource, with the compiler's text.</exception>
    public static Script Compile(string text, TrialCompiler trials)
    {
        trials.Check(text);
        return new Script(torch.jit.compile(text));
    }

    /// <summary>Calls the wrapper on the leaves of a function's arguments.</summary>
    public FunctionOutputs Call(IReadOnlyList<Tensor> leaves)
    {
        Tensor[] all;
        try
        {
            all = (Tensor[])unit.invoke(WrapperText.Name, [.. leaves]);
        }
        catch (ExternalException error)
        {
            throw TorchErrors.OfFunction(error);
        }

        var structure = new ResultStructure([.. all[^1].data<long>()]);
        return new FunctionOutputs(all[..^1], structure.Read());
    }
}
