using Torch2Jax.Errors;

namespace Torch2Jax.Transforms;

/// <summary>
/// Pulls a cotangent of the output back to the inputs. Its arguments are (tuple of primals, cotangents); it returns
/// (output, tuple of input cotangents).
/// </summary>
public sealed record Vjp : Transform
{
    /// <inheritdoc/>
    public override string Name => "vjp";

    internal override Step Peel(LevelArguments arguments, PeelContext context)
    {
        if (arguments.Args.Count != 2)
        {
            throw new EngineException(
                ErrorCode.StructureMismatch,
                $"vjp takes two arguments, a tuple of primals and the cotangents of the output; {arguments.Args.Count} given."
            );
        }

        var primals = arguments.Sequence(0, "vjp", "the primals");
        return new PullbackStep(arguments with { Args = primals }, arguments.Args[1]);
    }
}
