using Torch2Jax.Errors;

namespace Torch2Jax.TorchSharp.Programs;

/// <summary>
/// Builds programs from the lines of their transforms, the innermost first. A batch around derivatives moves inwards to the
/// function, so every program is derivatives over batches over the function.
/// </summary>
internal sealed class ProgramBuilder
{
    private readonly int functionLeaves;
    private readonly bool[] nondifferentiable;
    private readonly List<Link> chain = [];
    private readonly List<BatchNode> batches = [];
    private Node root;
    private ShardedNode? sharded;

    public ProgramBuilder(LeafFunction function, int leaves, bool mutates)
    {
        functionLeaves = Inputs = leaves;
        nondifferentiable = new bool[leaves];
        root = new FunctionNode(function, leaves, nondifferentiable, mutates);
    }

    /// <summary>Number of inputs so far.</summary>
    public int Inputs { get; private set; }

    public void Add(TransformLine line)
    {
        switch (line.Letter)
        {
            case 'N':
                foreach (int leaf in line.Leaves())
                {
                    nondifferentiable[leaf] = true;
                }

                break;
            case 'S':
                root = sharded = new ShardedNode(root, new ShardingSpec(line));
                break;
            case 'B':
                AddBatch(line);
                break;
            default:
                AddDerivative(line);
                break;
        }
    }

    public Node Finish()
    {
        Node node = root;
        foreach (Link link in chain)
        {
            node = link.Wrap(node);
        }

        return node;
    }

    private void AddDerivative(TransformLine line)
    {
        var options = new DerivativeOptions
        {
            Kind = line.Letter switch
            {
                'V' => DerivativeKind.Vjp,
                'J' => DerivativeKind.Jvp,
                'G' => DerivativeKind.Grad,
                'R' => DerivativeKind.Jacrev,
                'W' => DerivativeKind.Jacfwd,
                _ => throw new EngineException(ErrorCode.Internal, $"unknown transform '{line.Letter}'"),
            },
            Extra = line.Letter switch
            {
                'V' => (int)line.Number("cotangents"),
                'J' => (int)line.Number("tangents"),
                _ => 0,
            },
            Leaves = line.Has("leaves") ? line.Leaves() : null,
            Value = line.Letter == 'G' && line["value"] == "1",
            Aux = line.Letter == 'G' && line["aux"] == "1",
        };
        chain.Add(new Link { Derivative = options, Primals = Inputs });
        Inputs += options.Extra;
    }

    private void AddBatch(TransformLine line)
    {
        BatchMethod method = line["method"] switch
        {
            "sequential" => BatchMethod.Sequential,
            "expand_dims" => BatchMethod.ExpandDims,
            "broadcast_all" => BatchMethod.BroadcastAll,
            "vectorized" => BatchMethod.Vectorized,
            var name => throw new EngineException(ErrorCode.InvalidTransform, $"unknown vmap method '{name}'"),
        };
        long size = line.Number("size");
        IReadOnlyList<long> axes = line.Numbers("in");
        IReadOnlyList<long> outAxes = line.Numbers("out") is { Count: > 0 } given ? given : [0];
        if (axes.Count != Inputs || size < 0)
        {
            throw new EngineException(ErrorCode.Internal, "a batch needs one axis for each input");
        }

        if (chain.Count == 0)
        {
            BatchRoot(method, size, axes, outAxes);
            return;
        }

        bool[] differentiated = DifferentiatedLeaves();
        MovedInput[] moved =
        [
            .. axes.Select((axis, i) => new MovedInput(axis, axis == Node.NotMapped && differentiated[i])),
        ];
        foreach (Link inside in chain)
        {
            inside.EnterBatch(moved);
        }

        BatchRoot(
            method,
            size,
            [
                .. moved
                    .Take(functionLeaves)
                    .Select(input => input is { Axis: Node.NotMapped, Expand: false } ? Node.NotMapped : 0),
            ],
            [0]
        );
        chain.Add(
            new Link
            {
                Size = size,
                Moved = moved,
                OutAxes = outAxes,
            }
        );
    }

    // A batch that runs as a whole hands arrays with its axis in front to everything inside it.
    private void BatchRoot(BatchMethod method, long size, IReadOnlyList<long> axes, IReadOnlyList<long> outAxes)
    {
        var batch = new BatchNode(root, method, size, axes, outAxes);
        if (batch.RunsAsAWhole)
        {
            batches.ForEach(inside => inside.AddPrefix());
            sharded?.AddPrefix();
        }

        root = batch;
        batches.Add(batch);
    }

    // Leaves that must have one copy an element: those a derivative inside is taken in, and cotangents and tangents.
    private bool[] DifferentiatedLeaves()
    {
        var found = new bool[Inputs];
        foreach (Link link in chain)
        {
            if (link.Derivative is { } options)
            {
                found.AsSpan(link.Primals, options.Extra).Fill(true);
                foreach (int leaf in options.Leaves ?? [.. Enumerable.Range(0, link.Primals)])
                {
                    found[leaf] = true;
                }
            }
        }

        return found;
    }

    /// <summary>A derivative, or the axes that a batch further out moves on its way in.</summary>
    private sealed class Link
    {
        public DerivativeOptions? Derivative { get; init; }

        /// <summary>Inputs of the program inside a derivative.</summary>
        public int Primals { get; init; }

        public long Size { get; init; }

        public MovedInput[] Moved { get; init; } = [];

        public IReadOnlyList<long> OutAxes { get; init; } = [];

        private int OutShift { get; set; }

        public void EnterBatch(MovedInput[] outer)
        {
            if (Derivative is not null)
            {
                Derivative.Prefix++;
                return;
            }

            for (int i = 0; i < Moved.Length; i++)
            {
                if (outer[i].Axis != Node.NotMapped || outer[i].Expand)
                {
                    Moved[i].Shift++;
                }
            }

            OutShift++;
        }

        public Node Wrap(Node inner) =>
            Derivative is null
                ? new MoveAxesNode(inner, Size, Moved, OutAxes, OutShift)
                : new DerivativeNode(inner, Derivative);
    }
}
