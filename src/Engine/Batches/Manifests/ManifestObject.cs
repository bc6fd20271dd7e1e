using System.Text.Json;
using Torch2Jax.Errors;

namespace Torch2Jax.Batches;

/// <summary>An object of a manifest; a field that nobody asked for is an error that lists those there are.</summary>
internal sealed class ManifestObject
{
    private readonly JsonElement element;
    private readonly string path;
    private readonly HashSet<string> known = new(StringComparer.Ordinal);

    public ManifestObject(JsonElement element, string path)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw Error($"Expected an object, but got {Kind(element)}.", path);
        }

        var twice = element
            .EnumerateObject()
            .GroupBy(p => p.Name, StringComparer.Ordinal)
            .FirstOrDefault(g => g.Skip(1).Any());
        if (twice is not null)
        {
            throw Error("The field is given twice.", At(path, twice.Key));
        }

        this.element = element;
        this.path = path;
    }

    public string PathOf(string name) => At(path, name);

    public bool Has(string name) => Field(name) is not null;

    /// <summary>A field; null where it is not there or is null.</summary>
    public JsonElement? Field(string name)
    {
        known.Add(name);
        return element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    public string? OptionalText(string name)
    {
        if (Field(name) is not { } value)
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.String)
        {
            throw Error($"Expected a text, but got {Kind(value)}.", PathOf(name));
        }

        var text = value.GetString()!;
        return text.Length > 0 && !text.Contains('\0', StringComparison.Ordinal)
            ? text
            : throw Error("The text is empty or holds U+0000.", PathOf(name));
    }

    public string Text(string name) =>
        OptionalText(name) ?? throw Error($"The field \"{name}\" is missing.", PathOf(name));

    public bool Flag(string name, bool otherwise) =>
        Field(name) is not { } value
            ? otherwise
            : value.ValueKind switch
            {
                JsonValueKind.True => true,
                JsonValueKind.False => false,
                _ => throw Error($"Expected true or false, but got {Kind(value)}.", PathOf(name)),
            };

    public long? OptionalInteger(string name, long least, long most)
    {
        if (Field(name) is not { } value)
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt64(out var number))
        {
            throw Error($"Expected an integer, but got {Kind(value)}.", PathOf(name));
        }

        return number >= least && number <= most
            ? number
            : throw Error($"{number} is not between {least} and {most}.", PathOf(name));
    }

    public int Integer(string name, int least, int most, int otherwise) =>
        (int)(OptionalInteger(name, least, most) ?? otherwise);

    public void RefuseOthers()
    {
        foreach (var property in element.EnumerateObject().Where(property => !known.Contains(property.Name)))
        {
            throw Error(
                $"There is no such field here; known are {string.Join(", ", known.Order(StringComparer.Ordinal))}.",
                PathOf(property.Name)
            );
        }
    }

    public EngineException Wrong(string message) => Error(message, path);

    public static EngineException Error(string message, string path) =>
        new(ErrorCode.MalformedRequest, message, path.Length == 0 ? null : path);

    public static string Kind(JsonElement element) =>
        element.ValueKind switch
        {
            JsonValueKind.Object => "an object",
            JsonValueKind.Array => "a list",
            JsonValueKind.String => "a text",
            JsonValueKind.Number => "a number that does not fit",
            JsonValueKind.True or JsonValueKind.False => "a boolean",
            _ => "null",
        };

    private static string At(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";
}
