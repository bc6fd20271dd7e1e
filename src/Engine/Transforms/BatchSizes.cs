using System.Text;
using Torch2Jax.Errors;

namespace Torch2Jax.Transforms;

/// <summary>The sizes of the axes that a vmap maps; they must agree.</summary>
internal sealed class BatchSizes
{
    private readonly List<(long Size, string Axis)> mapped = [];

    /// <summary>Notes one mapped axis.</summary>
    /// <param name="size">Its size.</param>
    /// <param name="axis">What an error calls it: <c>axis 0 of argument x of type float32[4,3]</c>.</param>
    public void Add(long size, string axis) => mapped.Add((size, axis));

    /// <summary>The size of the batch.</summary>
    /// <exception cref="EngineException">InvalidTransform where sizes differ, or nothing is mapped.</exception>
    public long Common(long? axisSize, string path)
    {
        if (mapped.Count == 0 && axisSize is null)
        {
            throw new EngineException(
                ErrorCode.InvalidTransform,
                "vmap must have at least one non-None value in in_axes or axis_size must be specified",
                path
            );
        }

        var size = axisSize ?? mapped[0].Size;
        return mapped.TrueForAll(axis => axis.Size == size)
            ? size
            : throw new EngineException(ErrorCode.InvalidTransform, Text(axisSize), path);
    }

    private string Text(long? axisSize)
    {
        var text = new StringBuilder("vmap got inconsistent sizes for array axes to be mapped:");
        if (axisSize is not null)
        {
            text.Append($"\n  * axis_size is {axisSize};");
        }

        // The most common size first, as JAX does; ties in the order of the arguments.
        var groups = mapped.GroupBy(axis => axis.Size).OrderByDescending(group => group.Count()).ToArray();
        for (var i = 0; i < groups.Length; i++)
        {
            var count = groups[i].Count();
            var many = i == 0 ? "most" : "some";
            text.Append(
                count == 1
                    ? $"\n  * one axis had size {groups[i].Key}: {groups[i].First().Axis};"
                    : $"\n  * {many} axes ({count} of them) had size {groups[i].Key}, e.g. {groups[i].First().Axis};"
            );
        }

        return text.ToString().TrimEnd(';');
    }
}
