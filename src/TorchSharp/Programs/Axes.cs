using Torch2Jax.Errors;

namespace Torch2Jax.TorchSharp.Programs;

/// <summary>Places of batch axes.</summary>
internal static class Axes
{
    /// <summary>Where the batch axis goes in an output of <paramref name="dims"/> dimensions (it counted), behind those of batches further out.</summary>
    public static long Place(long axis, long dims, int prefix)
    {
        long own = dims - prefix;
        if (axis < -own || axis >= own)
        {
            throw new EngineException(
                ErrorCode.InvalidTransform,
                $"vmap out_axes is {axis} for an output which has {own} axes with that of the batch"
            );
        }

        return axis < 0 ? axis + dims : axis + prefix;
    }

    public static EngineException DoesNotFit(long size, Tensor input, long axis) =>
        new(
            ErrorCode.InvalidTransform,
            $"vmap over {size} elements: an input is {Tensors.Describe(input)}, axis {axis} does not fit"
        );
}
