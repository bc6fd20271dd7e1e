using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Functions;
using Torch2Jax.Transforms;
using Torch2Jax.Trees;

namespace Torch2Jax.Client;

/// <summary>Stored versions and cache entries as a session shows them.</summary>
internal static class Summaries
{
    public static FunctionSummary Of(FunctionVersion version)
    {
        var (content, details) = (version.Content, version.Details);
        return new FunctionSummary(
            version.Name,
            version.Version,
            version.Sha256,
            content.Source is null,
            content.Entry,
            details.Signature,
            content.VmapMethod,
            version.CreatedAt
        )
        {
            InTree = details.InTree,
            ShapeKey = details.ShapeKey,
            ExampleArgs = content.ExampleArgs is { } args ? Arguments(args) : null,
            ExampleKwargs = content.ExampleKwargs is { } kwargs ? Keywords(kwargs) : null,
            OutputShapes = details.OutputShapes is { } shapes ? TreeJson.ReadShapes(shapes) : null,
            Nondiff = content.Nondiff is { } nondiff ? Nondiff(nondiff) : null,
            Isolation = details.Isolation,
            Description = details.Description,
            Warnings = details.Warnings,
        };
    }

    public static ShapeCacheEntry Of(ShapeCacheRecord entry) =>
        new(
            $"{entry.Key.Name}@{entry.Key.Version}",
            entry.Key.Program,
            entry.InTree,
            entry.Key.ShapeKey,
            TreeJson.ReadShapes(entry.OutputShapes),
            entry.Dynamic,
            entry.Key.Device,
            entry.Hits,
            entry.CreatedAt,
            entry.LastUsedAt
        );

    /// <summary>Trees of shapes and static values, one an argument.</summary>
    public static IReadOnlyList<PyTree<IArgumentLeaf>> Arguments(string json)
    {
        using var document = JsonDocument.Parse(json);
        return [.. document.RootElement.EnumerateArray().Select((tree, i) => Tree(tree, $"exampleArgs[{i}]"))];
    }

    /// <summary>The same by name.</summary>
    public static IReadOnlyDictionary<string, PyTree<IArgumentLeaf>> Keywords(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document
            .RootElement.EnumerateObject()
            .ToDictionary(
                item => item.Name,
                item => Tree(item.Value, $"exampleKwargs.{item.Name}"),
                StringComparer.Ordinal
            );
    }

    /// <summary><c>{"argnums": [...]}</c> or <c>{"mask": [...]}</c>.</summary>
    public static NondiffOption? Nondiff(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.TryGetProperty("argnums", out var argnums) ? NondiffReader.Argnums(argnums)
            : document.RootElement.TryGetProperty("mask", out var mask) ? NondiffReader.Mask(mask)
            : null;
    }

    private static PyTree<IArgumentLeaf> Tree(JsonElement element, string path)
    {
        var reader = new Utf8JsonReader(System.Text.Encoding.UTF8.GetBytes(element.GetRawText()));
        reader.Read();
        return TreeJson.Read(ref reader, path, ReadLimits.Default);
    }
}
