using System.Globalization;
using Torch2Jax.Errors;

namespace Torch2Jax.TorchSharp.Programs;

/// <summary>A sharding line: mesh sizes, and for each leaf the mesh axes of each dimension, the slowest first.</summary>
internal sealed class ShardingSpec
{
    public ShardingSpec(TransformLine line)
    {
        Mesh = [.. line.Numbers("mesh")];
        In = [.. line["in"].Split('|').Select(ReadLeaf)];
        HasOneOut = line["out"].StartsWith('*');
        Out = [.. line["out"].TrimStart('*').Split('|').Select(ReadLeaf)];
    }

    public long[] Mesh { get; }

    public int[][][] In { get; }

    public int[][][] Out { get; }

    /// <summary>Whether <see cref="Out"/> holds one spec for every output.</summary>
    public bool HasOneOut { get; }

    public int[][] OutOf(int output) =>
        HasOneOut ? Out[0]
        : output < Out.Length ? Out[output]
        : throw new EngineException(ErrorCode.InvalidSharding, "the function returned more arrays than outSpecs names");

    private int[][] ReadLeaf(string spec) =>
        spec.Length == 0 ? [] : [.. spec.Split('/').Select(entry => entry == "-" ? [] : ReadAxes(entry))];

    private int[] ReadAxes(string entry)
    {
        int[] axes = [.. entry.Split('+').Select(axis => int.Parse(axis, CultureInfo.InvariantCulture))];
        int wrong = Array.FindIndex(axes, axis => axis < 0 || axis >= Mesh.Length);
        return wrong < 0
            ? axes
            : throw new EngineException(
                ErrorCode.InvalidSharding,
                $"a spec names mesh axis {axes[wrong]}, which the mesh lacks"
            );
    }
}
