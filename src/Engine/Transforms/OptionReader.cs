using System.Text.Json;
using Torch2Jax.Errors;

namespace Torch2Jax.Transforms;

/// <summary>The options of one transform in a request; every option that nobody asked for is an error.</summary>
internal sealed class OptionReader
{
    private readonly string transform;
    private readonly JsonElement options;
    private readonly string path;
    private readonly HashSet<string> known = [];

    public OptionReader(string transform, JsonElement options, string path)
    {
        if (options.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null or JsonValueKind.Object))
        {
            throw Malformed("an object with the transform's options", options, path);
        }

        this.transform = transform;
        this.options = options;
        this.path = path;
    }

    /// <summary>An option, or null where it was not given; a JSON null is given.</summary>
    public JsonElement? Property(string name, out string propertyPath)
    {
        known.Add(name);
        propertyPath = $"{path}.{name}";
        return options.ValueKind == JsonValueKind.Object && options.TryGetProperty(name, out var value) ? value : null;
    }

    /// <summary>A boolean option; false where it was not given.</summary>
    public bool Flag(string name) =>
        Property(name, out var at) is { ValueKind: not JsonValueKind.Null } value
            ? value.ValueKind switch
            {
                JsonValueKind.True => true,
                JsonValueKind.False => false,
                _ => throw Malformed("true or false", value, at),
            }
            : false;

    /// <summary>The option <c>argnums</c>: an int or a list of them; 0 where it was not given.</summary>
    public Argnums Argnums()
    {
        if (Property("argnums", out var at) is not { ValueKind: not JsonValueKind.Null } value)
        {
            return Transforms.Argnums.First;
        }

        if (value.ValueKind != JsonValueKind.Array)
        {
            return Transforms.Argnums.Single(Position(value, at));
        }

        return value.GetArrayLength() > 0
            ? Transforms.Argnums.Several([.. value.EnumerateArray().Select((item, i) => Position(item, $"{at}[{i}]"))])
            : throw new EngineException(
                ErrorCode.InvalidTransform,
                "argnums is empty; name at least one argument.",
                at
            );
    }

    /// <summary>Throws where an option is there that nobody asked for.</summary>
    public void RefuseOthers()
    {
        if (options.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        foreach (var property in options.EnumerateObject())
        {
            if (!known.Contains(property.Name))
            {
                var names = known.Count == 0 ? "takes no options" : $"takes {string.Join(", ", known)}";
                throw new EngineException(
                    ErrorCode.InvalidTransform,
                    $"{transform} has no option of that name; it {names}.",
                    $"{path}.{property.Name}"
                );
            }
        }
    }

    public static EngineException Malformed(string expected, JsonElement given, string path) =>
        new(ErrorCode.MalformedRequest, $"Expected {expected}, but got {Describe(given)}.", path);

    private static int Position(JsonElement value, string path) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var position)
            ? position
            : throw Malformed("the position of an argument (an integer)", value, path);

    private static string Describe(JsonElement given) =>
        given.ValueKind switch
        {
            JsonValueKind.Object => "an object",
            JsonValueKind.Array => "a list",
            JsonValueKind.String => "a string",
            JsonValueKind.Number => "a number that does not fit",
            JsonValueKind.True or JsonValueKind.False => "a boolean",
            _ => "null",
        };
}
