using System.Collections.Immutable;
using Torch2Jax.Errors;

namespace Torch2Jax.Sharding;

/// <summary>Devices in a grid with named axes, in row-major order.</summary>
public sealed record Mesh
{
    // As many shards as any machine of ours has threads for; a caller chooses the shape.
    private const long MaxDevices = 4096;

    /// <summary>Makes a mesh.</summary>
    /// <param name="axisNames">The axes' names, each once.</param>
    /// <param name="shape">Their sizes.</param>
    /// <param name="devices">One device a place; null: devices of the call's kind, numbered from 0.</param>
    /// <exception cref="EngineException">InvalidSharding.</exception>
    public Mesh(ImmutableArray<string> axisNames, ImmutableArray<long> shape, ImmutableArray<string>? devices = null)
    {
        AxisNames = axisNames;
        Shape = shape;
        Devices = devices;
        DeviceCount = Check();
    }

    /// <summary>The axes' names.</summary>
    public ImmutableArray<string> AxisNames { get; }

    /// <summary>The axes' sizes.</summary>
    public ImmutableArray<long> Shape { get; }

    /// <summary>One device a place; null where none are named.</summary>
    public ImmutableArray<string>? Devices { get; }

    /// <summary>Number of places.</summary>
    public int DeviceCount { get; }

    /// <summary>JAX's text: <c>Mesh('x': 4, 'y': 2)</c>.</summary>
    public override string ToString() =>
        $"Mesh({string.Join(", ", AxisNames.Zip(Shape, (name, size) => $"'{name}': {size}"))})";

    private int Check()
    {
        Require(AxisNames.Length > 0, "A mesh needs at least one axis.", "axisNames");
        Require(
            AxisNames.Length == Shape.Length,
            $"A mesh has one size an axis, but {AxisNames.Length} axis names and {Shape.Length} sizes were given.",
            "shape"
        );
        Require(AxisNames.All(name => name.Length > 0), "An axis of a mesh needs a name.", "axisNames");
        var twice = AxisNames.GroupBy(name => name).FirstOrDefault(group => group.Count() > 1)?.Key;
        Require(twice is null, $"Two axes of the mesh have the name '{twice}'; names must differ.", "axisNames");
        var count = 1L;
        foreach (var size in Shape)
        {
            Require(size >= 1, $"An axis of the mesh has size {size}; sizes are 1 or more.", "shape");
            count = Math.Min(count, MaxDevices) * Math.Min(size, MaxDevices + 1);
        }

        Require(count <= MaxDevices, $"The mesh has more than {MaxDevices} places.", "shape");
        Require(
            Devices is not { } devices || devices.Length == count,
            $"The mesh has {count} places ({string.Join('x', Shape)}), but {Devices?.Length} devices were given.",
            "devices"
        );
        return (int)count;
    }

    private static void Require(bool condition, string text, string property)
    {
        if (!condition)
        {
            throw new EngineException(ErrorCode.InvalidSharding, text, $"sharding.mesh.{property}");
        }
    }
}
