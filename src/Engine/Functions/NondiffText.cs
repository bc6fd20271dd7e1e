using System.Text.Json;
using Torch2Jax.Transforms;
using Torch2Jax.Trees;

namespace Torch2Jax.Functions;

/// <summary>The nondiff option as a version stores it.</summary>
internal static class NondiffText
{
    /// <summary><c>{"argnums":[1]}</c> or <c>{"mask":[false,{"w":true}]}</c>; null for none.</summary>
    public static string? Write(NondiffOption? nondiff) =>
        nondiff is null
            ? null
            : ExampleText.Text(writer =>
            {
                writer.WriteStartObject();
                if (nondiff.Argnums is { } argnums)
                {
                    writer.WriteStartArray("argnums");
                    foreach (var position in argnums)
                    {
                        writer.WriteNumberValue(position);
                    }

                    writer.WriteEndArray();
                }

                if (nondiff.Mask is { } mask)
                {
                    writer.WriteStartArray("mask");
                    foreach (var argument in mask)
                    {
                        JsonTree.Write(writer, argument, static (to, stop) => to.WriteBooleanValue(stop));
                    }

                    writer.WriteEndArray();
                }

                writer.WriteEndObject();
            });

    /// <summary>Reads it back.</summary>
    public static NondiffOption? Read(string? json)
    {
        if (json is null)
        {
            return null;
        }

        using var document = JsonDocument.Parse(json, JsonTree.Depth);
        var root = document.RootElement;
        var argnums = root.TryGetProperty("argnums", out var a)
            ? a.EnumerateArray().Select(n => n.GetInt32()).ToArray()
            : null;
        var mask = root.TryGetProperty("mask", out var m)
            ? m.EnumerateArray().Select((t, i) => JsonTree.Read<bool>(t, $"[{i}]", ReadLeaf)).ToArray()
            : null;
        return new NondiffOption(argnums, mask);
    }

    private static bool ReadLeaf(JsonElement element, string path, out bool leaf)
    {
        leaf = element.ValueKind == JsonValueKind.True;
        return element.ValueKind is JsonValueKind.True or JsonValueKind.False;
    }
}
