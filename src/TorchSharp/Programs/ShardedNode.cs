using Torch2Jax.Errors;

namespace Torch2Jax.TorchSharp.Programs;

/// <summary>
/// S: a call a shard, one after the other on the call's own device, and the outputs joined. Cutting and joining are views and
/// concatenations, so autograd gives the sum of the shards' cotangents to an input that is replicated.
/// </summary>
internal sealed class ShardedNode : Node
{
    private readonly Node inner;
    private readonly ShardingSpec spec;
    private readonly HashSet<int> used; // mesh axes that some input names
    private readonly List<long[]> points; // coordinates of the shards that compute
    private int prefix;

    public ShardedNode(Node inner, ShardingSpec spec)
    {
        this.inner = inner;
        this.spec = spec;
        used = [.. spec.In.SelectMany(leaf => leaf).SelectMany(axes => axes)];
        points = [new long[spec.Mesh.Length]];
        foreach (int axis in used.Order())
        {
            points =
            [
                .. points.SelectMany(point =>
                    Enumerable.Range(0, (int)spec.Mesh[axis]).Select(at => With(point, axis, at))
                ),
            ];
        }
    }

    /// <summary>As of <see cref="BatchNode"/>: the specs are about the dimensions behind that axis.</summary>
    public void AddPrefix() => prefix++;

    public override Tensor[] Run(Tensor[] inputs, RunContext context, bool record)
    {
        using IDisposable mode = torch.set_grad_enabled(record);
        var results = new List<Tensor[]>();
        foreach (long[] point in points)
        {
            Tensor[] parts =
            [
                .. inputs.Select((input, i) => i < spec.In.Length ? Cut(input, spec.In[i], point) : input),
            ];
            results.Add(inner.Run(parts, context, record));
            if (results[^1].Length != results[0].Length)
            {
                throw new EngineException(
                    ErrorCode.StructureMismatch,
                    "the function returned different numbers of arrays on different shards"
                );
            }
        }

        return
        [
            .. Enumerable
                .Range(0, results[0].Length)
                .Select(k => Join([.. results.Select(result => result[k])], spec.OutOf(k))),
        ];
    }

    private Tensor Cut(Tensor whole, int[][] leaf, long[] point)
    {
        Tensor part = whole;
        for (int dim = 0; dim < leaf.Length; dim++)
        {
            long pieces = leaf[dim].Aggregate(1L, (all, axis) => all * spec.Mesh[axis]);
            long index = leaf[dim].Aggregate(0L, (all, axis) => (all * spec.Mesh[axis]) + point[axis]);
            int place = dim + prefix;
            if (pieces == 1)
            {
                continue;
            }

            if (place >= whole.dim() || whole.shape[place] % pieces != 0)
            {
                throw new EngineException(
                    ErrorCode.InvalidSharding,
                    $"dimension {dim} of {Tensors.Describe(whole)} cannot be cut into {pieces} equal shards"
                );
            }

            long size = whole.shape[place] / pieces;
            part = part.narrow(place, index * size, size);
        }

        return part;
    }

    // Shards by the coordinates that are still apart; each dimension's axes are joined in turn.
    private Tensor Join(Tensor[] shards, int[][] leaf)
    {
        List<(long[] Point, Tensor Shard)> apart = [.. points.Zip(shards)];
        for (int dim = 0; dim < leaf.Length; dim++)
        {
            foreach (int axis in leaf[dim].Reverse())
            {
                int place = dim + prefix;
                apart =
                [
                    .. apart
                        .GroupBy(item => string.Join(',', With(item.Point, axis, 0)))
                        .Select(group => JoinAlong([.. group], axis, place)),
                ];
            }
        }

        return apart.Count == 1
            ? apart[0].Shard
            : throw new EngineException(
                ErrorCode.InvalidSharding,
                "the spec of an output must name every mesh axis that an input's spec names"
            );
    }

    private (long[] Point, Tensor Shard) JoinAlong(List<(long[] Point, Tensor Shard)> group, int axis, int place)
    {
        // Along an axis that no input names every device holds the same piece.
        int copies = used.Contains(axis) ? 1 : (int)spec.Mesh[axis];
        Tensor[] pieces = [.. group.SelectMany(item => Enumerable.Repeat(item.Shard, copies))];
        return pieces[0].dim() > place
            ? (With(group[0].Point, axis, 0), torch.cat(pieces, place))
            : throw new EngineException(
                ErrorCode.InvalidSharding,
                $"an output is {Tensors.Describe(pieces[0])} on each shard: it has no dimension {place - prefix} for its spec"
            );
    }

    private static long[] With(long[] point, int axis, long at)
    {
        var changed = (long[])point.Clone();
        changed[axis] = at;
        return changed;
    }
}
