using System.Text.Json;
using Torch2Jax.Encoding;
using Torch2Jax.Transforms;

namespace Torch2Jax.Client;

/// <summary>Reads functions and cache entries as the service writes them.</summary>
internal static class FunctionReader
{
    public static FunctionSummary Read(JsonElement function) =>
        new(
            Text(function, "name")!,
            function.GetProperty("version").GetInt32(),
            Text(function, "sha256")!,
            Text(function, "kind") == "archive",
            Text(function, "entry")!,
            Text(function, "signature")!,
            Text(function, "vmapMethod")!,
            function.GetProperty("createdAt").GetDateTimeOffset()
        )
        {
            InTree = Text(function, "inTree"),
            ShapeKey = Text(function, "shapeKey"),
            ExampleArgs = Raw(function, "exampleArgs") is { } args ? Summaries.Arguments(args) : null,
            ExampleKwargs = Raw(function, "exampleKwargs") is { } kwargs ? Summaries.Keywords(kwargs) : null,
            OutputShapes = Raw(function, "outputShapes") is { } shapes ? TreeJson.ReadShapes(shapes) : null,
            Nondiff =
                Present(function, "nondiffArgnums") is { } argnums ? NondiffReader.Argnums(argnums)
                : Present(function, "nondiffMask") is { } mask ? NondiffReader.Mask(mask)
                : null,
            Isolation = IsolationText.Read(Text(function, "isolation")),
            Description = Text(function, "description"),
            Warnings = [.. function.GetProperty("warnings").EnumerateArray().Select(text => text.GetString()!)],
        };

    public static IReadOnlyList<FunctionSummary> ReadAll(JsonElement functions) =>
        [.. functions.EnumerateArray().Select(Read)];

    public static IReadOnlyList<ShapeCacheEntry> ReadShapeCache(JsonElement entries, string name) =>
        [
            .. entries
                .EnumerateArray()
                .Select(entry => new ShapeCacheEntry(
                    $"{name}@{entry.GetProperty("version").GetInt32()}",
                    Text(entry, "program")!,
                    Text(entry, "inTree")!,
                    Text(entry, "shapeKey")!,
                    TreeJson.ReadShapes(entry.GetProperty("outputShapes").GetRawText()),
                    entry.GetProperty("dynamic").GetBoolean(),
                    Text(entry, "device")!,
                    entry.GetProperty("hits").GetInt64(),
                    entry.GetProperty("createdAt").GetDateTimeOffset(),
                    entry.GetProperty("lastUsedAt").GetDateTimeOffset()
                )),
        ];

    private static JsonElement? Present(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static string? Raw(JsonElement element, string name) => Present(element, name)?.GetRawText();

    private static string? Text(JsonElement element, string name) => Present(element, name)?.GetString();
}
