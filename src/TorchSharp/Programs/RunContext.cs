using System.Collections.Immutable;
using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Trees;

namespace Torch2Jax.TorchSharp.Programs;

/// <summary>What one run of a program learns on its way.</summary>
internal sealed class RunContext(int timeoutMs)
{
    private readonly long end = timeoutMs > 0 ? Environment.TickCount64 + timeoutMs : long.MaxValue;
    private readonly List<string> warnings = [];

    /// <summary>The tree that the function returned; null before it ran.</summary>
    public TreeDef? Structure { get; private set; }

    /// <summary>The dtypes of that tree's leaves.</summary>
    public ImmutableArray<DType> Dtypes { get; private set; } = [];

    public IReadOnlyList<string> Warnings => warnings;

    public void Warn(string text)
    {
        if (!warnings.Contains(text))
        {
            warnings.Add(text);
        }
    }

    /// <exception cref="EngineException">ExecutionFailed; what runs inside libtorch isn't stopped, only what comes after it.</exception>
    public void CheckDeadline()
    {
        if (Environment.TickCount64 > end)
        {
            throw new EngineException(
                ErrorCode.ExecutionFailed,
                "the function's loop did not end within the time this call may take"
            );
        }
    }

    /// <summary>Takes down what the function itself returned.</summary>
    /// <exception cref="EngineException">StructureMismatch: another tree than before in the same call.</exception>
    public void Saw(FunctionOutputs outputs)
    {
        if (Structure is null)
        {
            Structure = outputs.Structure;
            Dtypes = [.. outputs.Leaves.Select(leaf => (DType)(int)leaf.dtype)];
        }
        else if (!Structure.Equals(outputs.Structure))
        {
            throw new EngineException(
                ErrorCode.StructureMismatch,
                "the function returned trees of different structures for the elements of one call"
            );
        }
    }
}
