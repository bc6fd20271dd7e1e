using Torch2Jax.Errors;

namespace Torch2Jax.Transforms;

/// <summary>
/// Pushes tangents of the inputs forward to the output. Its arguments are (tuple of primals, tuple of tangents); it
/// returns (output, output tangents).
/// </summary>
public sealed record Jvp : Transform
{
    /// <inheritdoc/>
    public override string Name => "jvp";

    internal override Step Peel(LevelArguments arguments, PeelContext context)
    {
        if (arguments.Args.Count != 2)
        {
            throw new EngineException(
                ErrorCode.StructureMismatch,
                $"jvp takes two arguments, a tuple of primals and a tuple of tangents; {arguments.Args.Count} given."
            );
        }

        var primals = arguments.Sequence(0, "jvp", "the primals");
        var tangents = arguments.Sequence(1, "jvp", "the tangents");
        return new PushforwardStep(arguments with { Args = primals }, tangents);
    }
}
