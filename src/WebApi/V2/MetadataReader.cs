using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Functions;
using Torch2Jax.Torch;
using Torch2Jax.Trees;

namespace Torch2Jax.WebApi.V2;

/// <summary>Finds a function's inputs and outputs: of its example, else of its most used calls, else by its schema alone.</summary>
internal static class MetadataReader
{
    private const int Looked = 64;

    public static async Task<ModelMetadata> ReadAsync(
        FunctionService functions,
        string reference,
        CancellationToken aborted
    )
    {
        var function = await functions.GetAsync(reference, aborted);
        var versions = await functions.VersionsAsync(function.Version.Name, aborted);
        var (inputs, outputs) = await TensorsAsync(functions, function, aborted);
        return new ModelMetadata(
            function.Version.Name,
            [.. versions.Select(version => version.Version)],
            inputs,
            outputs
        );
    }

    private static async Task<(
        IReadOnlyList<TensorMetadata> Inputs,
        IReadOnlyList<TensorMetadata> Outputs
    )> TensorsAsync(FunctionService functions, JaxFunction function, CancellationToken aborted)
    {
        if (function.Example is { } example && InputNames.Of(example.Code, function.Schema) is { } names)
        {
            var known = function.Version.Details.OutputShapes is { } json ? Outputs(json) : Unknown();
            return ([.. example.Leaves.Select((leaf, i) => TensorMetadata.Of(names[i], ShapeOf(leaf)))], known);
        }

        var entries = await functions.ShapeCacheAsync(function.Reference, Looked, aborted);
        return FromCalls(function.Schema, entries) ?? ([.. BySchema(function.Schema)], Unknown());
    }

    // The most used plain call decides datatypes and ranks; where other calls have other sizes, the dimension varies.
    private static (IReadOnlyList<TensorMetadata>, IReadOnlyList<TensorMetadata>)? FromCalls(
        FunctionSchema schema,
        IReadOnlyList<ShapeCacheRecord> entries
    )
    {
        List<TensorMetadata>? inputs = null;
        List<TensorMetadata>? outputs = null;
        foreach (var entry in entries)
        {
            if (
                InputNames.Of(entry.Key.Program, schema) is not { } names
                || ShapeKeyReader.Read(entry.Key.ShapeKey) is not { } shapes
                || shapes.Count != names.Length
            )
            {
                continue;
            }

            var these = names.Select((name, i) => TensorMetadata.Of(name, shapes[i])).ToList();
            var results = Outputs(entry.OutputShapes).ToList();
            inputs = Join(inputs, these);
            outputs = Join(outputs, results);
        }

        return inputs is null ? null : (inputs, outputs!);
    }

    private static List<TensorMetadata> Join(List<TensorMetadata>? known, List<TensorMetadata> other) =>
        known is null ? other
        : known.Select(tensor => tensor.Name).SequenceEqual(other.Select(tensor => tensor.Name))
            ? [.. known.Zip(other, (one, two) => one.Joined(two))]
        : known;

    private static IEnumerable<TensorMetadata> BySchema(FunctionSchema schema) =>
        schema
            .Arguments.Where(argument => !argument.Type.IsStatic)
            .Select(argument => TensorMetadata.Unknown(argument.Name));

    private static TensorMetadata[] Unknown() => [TensorMetadata.Unknown("output0")];

    private static TensorMetadata[] Outputs(string json)
    {
        var tree = TreeJson.ReadShapes(json);
        var names = LeafNames.Of(tree.Structure);
        return [.. tree.Leaves.Select((leaf, i) => TensorMetadata.Of(names[i], leaf))];
    }

    private static ShapeDtypeStruct ShapeOf(IArgumentLeaf leaf) =>
        leaf is NDArray array ? array.Aval : (ShapeDtypeStruct)leaf;
}
