using System.Text;
using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Errors;
using Torch2Jax.Trees;

namespace Torch2Jax.Batches;

/// <summary>
/// An argument of every call of a batch: a tree as calls write it, in which <c>{"$input":"images"}</c> stands for what
/// the chunk holds and <c>{"$file":"params.safetensors"}</c> for a file that all calls share.
/// </summary>
public abstract record ArgumentTemplate
{
    private protected ArgumentTemplate() { }

    /// <summary>The names of inputs in it.</summary>
    public abstract IEnumerable<InputReference> References { get; }

    /// <summary>The shared files in it.</summary>
    public abstract IEnumerable<FileReference> Files { get; }

    /// <summary>The tree for one call.</summary>
    /// <param name="fill">Gives the tree that stands for a reference.</param>
    public abstract PyTree<IArgumentLeaf> Build(Func<ArgumentTemplate, PyTree<IArgumentLeaf>> fill);
}

/// <summary>What does not change from call to call.</summary>
/// <param name="Value">The tree; its arrays live as long as the manifest.</param>
public sealed record ConstantArgument(PyTree<IArgumentLeaf> Value) : ArgumentTemplate
{
    /// <inheritdoc/>
    public override IEnumerable<InputReference> References => [];

    /// <inheritdoc/>
    public override IEnumerable<FileReference> Files => [];

    /// <inheritdoc/>
    public override PyTree<IArgumentLeaf> Build(Func<ArgumentTemplate, PyTree<IArgumentLeaf>> fill) => Value;
}

/// <summary>The chunk's part of an input.</summary>
/// <param name="Input">The input's name.</param>
/// <param name="Key">The array of an npz or safetensors file; null for the whole file.</param>
public sealed record InputReference(string Input, string? Key) : ArgumentTemplate
{
    /// <inheritdoc/>
    public override IEnumerable<InputReference> References => [this];

    /// <inheritdoc/>
    public override IEnumerable<FileReference> Files => [];

    /// <inheritdoc/>
    public override PyTree<IArgumentLeaf> Build(Func<ArgumentTemplate, PyTree<IArgumentLeaf>> fill) => fill(this);
}

/// <summary>A file that is read once and given to all calls.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Key">The array of an npz or safetensors file; null for the whole file.</param>
public sealed record FileReference(string Path, string? Key) : ArgumentTemplate
{
    /// <inheritdoc/>
    public override IEnumerable<InputReference> References => [];

    /// <inheritdoc/>
    public override IEnumerable<FileReference> Files => [this];

    /// <inheritdoc/>
    public override PyTree<IArgumentLeaf> Build(Func<ArgumentTemplate, PyTree<IArgumentLeaf>> fill) => fill(this);
}

/// <summary>A tuple, list or dict with references somewhere in it.</summary>
/// <param name="Kind">Tuple, List or Dict.</param>
/// <param name="Keys">Of a dict; else empty.</param>
/// <param name="Children">The elements.</param>
public sealed record ContainerArgument(
    TreeKind Kind,
    IReadOnlyList<string> Keys,
    IReadOnlyList<ArgumentTemplate> Children
) : ArgumentTemplate
{
    /// <inheritdoc/>
    public override IEnumerable<InputReference> References => Children.SelectMany(child => child.References);

    /// <inheritdoc/>
    public override IEnumerable<FileReference> Files => Children.SelectMany(child => child.Files);

    /// <inheritdoc/>
    public override PyTree<IArgumentLeaf> Build(Func<ArgumentTemplate, PyTree<IArgumentLeaf>> fill)
    {
        PyTree<IArgumentLeaf>[] built = [.. Children.Select(child => child.Build(fill))];
        return Kind switch
        {
            TreeKind.Tuple => PyTree.Tuple(built),
            TreeKind.List => PyTree.List(built),
            _ => PyTree.Dict(Keys.Zip(built, KeyValuePair.Create)),
        };
    }
}

/// <summary>Reads arguments of a manifest.</summary>
internal static class ArgumentTemplateReader
{
    public static ArgumentTemplate Read(JsonElement element, string path)
    {
        if (!HoldsReference(element))
        {
            return new ConstantArgument(ReadConstant(element, path));
        }

        if (element.ValueKind == JsonValueKind.Array)
        {
            return new ContainerArgument(TreeKind.List, [], ReadItems(element, path));
        }

        if (element.TryGetProperty("$tuple", out var items) && items.ValueKind == JsonValueKind.Array)
        {
            return new ContainerArgument(TreeKind.Tuple, [], ReadItems(items, path));
        }

        if (element.TryGetProperty("$input", out _) || element.TryGetProperty("$file", out _))
        {
            return ReadReference(new ManifestObject(element, path));
        }

        var properties = element.EnumerateObject().ToArray();
        return new ContainerArgument(
            TreeKind.Dict,
            [.. properties.Select(p => p.Name.StartsWith("$$", StringComparison.Ordinal) ? p.Name[1..] : p.Name)],
            [.. properties.Select(p => Read(p.Value, $"{path}.{p.Name}"))]
        );
    }

    private static ArgumentTemplate ReadReference(ManifestObject fields)
    {
        var input = fields.OptionalText("$input");
        var file = fields.OptionalText("$file");
        var key = fields.OptionalText("key");
        fields.RefuseOthers();
        return (input, file) switch
        {
            ({ } name, null) => new InputReference(name, key),
            (null, { } name) => new FileReference(name, key),
            _ => throw fields.Wrong("A reference has either \"$input\" or \"$file\"."),
        };
    }

    private static ArgumentTemplate[] ReadItems(JsonElement items, string path) =>
        [.. items.EnumerateArray().Select((item, i) => Read(item, $"{path}[{i}]"))];

    private static bool HoldsReference(JsonElement element) =>
        element.ValueKind switch
        {
            JsonValueKind.Array => element.EnumerateArray().Any(HoldsReference),
            JsonValueKind.Object => element.TryGetProperty("$input", out _)
                || element.TryGetProperty("$file", out _)
                || element.EnumerateObject().Any(property => HoldsReference(property.Value)),
            _ => false,
        };

    private static PyTree<IArgumentLeaf> ReadConstant(JsonElement element, string path)
    {
        var reader = new Utf8JsonReader(
            System.Text.Encoding.UTF8.GetBytes(element.GetRawText()),
            TreeJson.ReaderOptions
        );
        var tree = TreeJson.Read(ref reader, path, ReadLimits.Default);
        if (tree.Leaves.OfType<ShapeDtypeStruct>().Any())
        {
            throw new EngineException(
                ErrorCode.MalformedRequest,
                "An array without data; give its data, {\"$input\":NAME} or {\"$file\":PATH}.",
                path
            );
        }

        return tree;
    }
}
