using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Trees;

namespace Torch2Jax.Sharding;

/// <summary>A checked sharding of one function call: a spec for each leaf.</summary>
internal sealed class ShardLayout
{
    private const string OutPath = "sharding.outSpecs";

    private readonly Mesh mesh;
    private readonly ImmutableArray<PartitionSpec> inputs;
    private readonly PyTree<PartitionSpec?> outSpecs;
    private readonly string devices;

    private ShardLayout(
        Mesh mesh,
        ImmutableArray<PartitionSpec> inputs,
        PyTree<PartitionSpec?> outSpecs,
        string devices
    )
    {
        this.mesh = mesh;
        this.inputs = inputs;
        this.outSpecs = outSpecs;
        this.devices = devices;
    }

    /// <summary>Checks a sharding against a function's arguments; null where the function runs on the full arrays.</summary>
    /// <param name="sharding">What was asked for.</param>
    /// <param name="args">The function's own positional arguments; leaves that are no arrays are null.</param>
    /// <param name="keywordLeaves">How many leaves the keyword arguments have; they are replicated.</param>
    /// <param name="device">The call's device.</param>
    /// <exception cref="EngineException">InvalidSharding.</exception>
    public static ShardLayout? Create(
        ShardingSpec sharding,
        IReadOnlyList<PyTree<ShapeDtypeStruct?>> args,
        int keywordLeaves,
        string? device
    )
    {
        var mesh = sharding.Mesh;
        var inputs = InputSpecs
            .Resolve(sharding, args)
            .AddRange(Enumerable.Repeat(PartitionSpec.Replicated, keywordLeaves));
        var used = mesh.AxisNames.Where(axis => inputs.Any(spec => spec.Axes.Contains(axis))).ToArray();
        if (sharding.OutSpecs is not { } outSpecs)
        {
            return used.Length == 0
                ? null
                : throw SpecCheck.Refuse(
                    $"inputs are sharded along mesh axes ['{string.Join("', '", used)}'], but no outSpecs was given. A torch "
                        + "function is opaque, so either (1) give outSpecs to run it per shard, or (2) replicate the inputs "
                        + "(inSpecs that name no axis) to call it on the full arrays.",
                    OutPath
                );
        }

        CheckOutSpecs(outSpecs, mesh, used);
        return used.Length == 0 && outSpecs.Leaves.All(spec => spec is null || !spec.Axes.Any())
            ? null
            : new ShardLayout(mesh, inputs, outSpecs, DeviceList(mesh, device));
    }

    /// <summary>The shapes of the leaves that one shard sees.</summary>
    public ImmutableArray<ShapeDtypeStruct> ShardInputs(ImmutableArray<ShapeDtypeStruct> leaves) =>
        [
            .. leaves.Select(
                (leaf, i) =>
                    new ShapeDtypeStruct(
                        leaf.Dtype,
                        SpecCheck.Divide(inputs[i], mesh, leaf.Shape, $"input {i}", "sharding.inSpecs")
                    )
            ),
        ];

    /// <summary>Global outputs from those of one shard.</summary>
    /// <exception cref="EngineException">InvalidSharding where outSpecs do not fit them.</exception>
    public PyTree<ShapeDtypeStruct> JoinOutputs(PyTree<ShapeDtypeStruct> shard) =>
        MapOutputs(shard, (spec, leaf, what) => SpecCheck.Join(spec, mesh, leaf.Shape, what, OutPath));

    /// <summary>Throws where outputs of these global shapes cannot be joined from shards.</summary>
    /// <exception cref="EngineException">InvalidSharding.</exception>
    public void CheckGlobalOutputs(PyTree<ShapeDtypeStruct> global) =>
        MapOutputs(global, (spec, leaf, what) => SpecCheck.Divide(spec, mesh, leaf.Shape, what, OutPath));

    /// <summary>Writes the native line <c>S</c>.</summary>
    /// <param name="code">Where to.</param>
    /// <param name="outputs">Asks for the output's tree, where outSpecs is one; null where it is not known.</param>
    public void Append(StringBuilder code, Func<TreeDef?> outputs)
    {
        code.Append("S mesh=").AppendJoin(',', mesh.Shape).Append(" devices=").Append(devices);
        code.Append(" in=").AppendJoin('|', inputs.Select(Text)).Append(" out=");
        if (outSpecs.Structure.Kind == TreeKind.Leaf)
        {
            code.Append('*').Append(Text(outSpecs.Leaves[0] ?? PartitionSpec.Replicated));
        }
        else
        {
            var known =
                outputs()
                ?? throw new EngineException(
                    ErrorCode.DataDependentShape,
                    "outSpecs is a tree of the output, whose structure is not known before the function has run on data; "
                        + "give one spec for all outputs, or register the function with outputShapes.",
                    OutPath
                );
            code.AppendJoin('|', Broadcast(known).Select(Text));
        }

        code.Append('\n');
    }

    // A function is opaque: whatever its inputs differ along, its outputs do.
    private static void CheckOutSpecs(PyTree<PartitionSpec?> outSpecs, Mesh mesh, string[] used)
    {
        foreach (var leaf in outSpecs.Leaves)
        {
            var spec = leaf ?? PartitionSpec.Replicated;
            SpecCheck.Axes(spec, mesh, "outSpecs", OutPath);
            if (used.FirstOrDefault(axis => !spec.Axes.Contains(axis)) is { } missing)
            {
                throw SpecCheck.Refuse(
                    $"outSpecs is {spec}, which implies that the corresponding output value is replicated across mesh axis "
                        + $"'{missing}', but an input is sharded along it and the function is opaque: each output's spec must "
                        + $"name every mesh axis that any input's spec names (['{string.Join("', '", used)}']).",
                    OutPath
                );
            }
        }
    }

    private PyTree<ShapeDtypeStruct> MapOutputs(
        PyTree<ShapeDtypeStruct> outputs,
        Func<PartitionSpec, ShapeDtypeStruct, string, ImmutableArray<long>> shape
    )
    {
        var specs = Broadcast(outputs.Structure);
        var paths = outputs.Structure.KeyPaths();
        var leaves = outputs
            .Leaves.Select((leaf, i) => new ShapeDtypeStruct(leaf.Dtype, shape(specs[i], leaf, $"output{paths[i]}")))
            .ToArray();
        return new PyTree<ShapeDtypeStruct>(outputs.Structure, leaves);
    }

    private IReadOnlyList<PartitionSpec> Broadcast(TreeDef outputs)
    {
        try
        {
            return
            [
                .. PrefixTree.Broadcast(outSpecs, outputs, "outSpecs").Select(spec => spec ?? PartitionSpec.Replicated),
            ];
        }
        catch (EngineException error)
        {
            throw new EngineException(ErrorCode.InvalidSharding, error.Message, OutPath, error);
        }
    }

    // Entries for whole dimensions at the end say nothing, so equal layouts have equal texts.
    private string Text(PartitionSpec spec)
    {
        var entries = spec.Dimensions.Select(axes =>
            axes.IsEmpty ? "-" : string.Join('+', axes.Select(axis => mesh.AxisNames.IndexOf(axis)))
        );
        return string.Join('/', entries.Reverse().SkipWhile(entry => entry == "-").Reverse());
    }

    private static string DeviceList(Mesh mesh, string? device)
    {
        if (mesh.Devices is { } named)
        {
            var odd = named.FirstOrDefault(name =>
                !name.All(c => char.IsAsciiLetterOrDigit(c) || c == ':') || name.Length == 0
            );
            return odd is null
                ? string.Join(',', named)
                : throw new EngineException(
                    ErrorCode.InvalidDevice,
                    "A device is named as cpu, cpu:1 or cuda:0.",
                    "sharding.mesh.devices"
                );
        }

        // Virtual devices on a CPU; another device is shared by all shards unless the mesh names more.
        return device is null || device.StartsWith("cpu", StringComparison.Ordinal)
            ? string.Join(
                ',',
                Enumerable
                    .Range(0, mesh.DeviceCount)
                    .Select(i => string.Create(CultureInfo.InvariantCulture, $"cpu:{i}"))
            )
            : string.Join(',', Enumerable.Repeat(device, mesh.DeviceCount));
    }
}
