using System.Text.Json;
using Microsoft.Extensions.Primitives;
using Torch2Jax.WebApi.Bodies;

namespace Torch2Jax.WebApi.Contracts;

/// <summary>Query parameters that stand for the fields of a JSON body: texts as they are, everything else as JSON.</summary>
internal static class QueryFields
{
    public static string Single(string key, StringValues values) =>
        values is [{ } value] ? value : throw JsonFields.Malformed("The parameter is given twice.", key);

    /// <summary>Writes one parameter as a field.</summary>
    public static void Write(
        Utf8JsonWriter json,
        string key,
        string value,
        IReadOnlySet<string> texts,
        IReadOnlySet<string> trees
    )
    {
        if (texts.Contains(key))
        {
            json.WriteString(key, value);
        }
        else if (trees.Contains(key))
        {
            json.WritePropertyName(key);
            WriteTree(json, key, value);
        }
        else
        {
            throw JsonFields.Malformed(
                $"There is no parameter of this name; there are {string.Join(", ", texts.Concat(trees))}.",
                key
            );
        }
    }

    private static void WriteTree(Utf8JsonWriter json, string key, string value)
    {
        try
        {
            json.WriteRawValue(value);
        }
        catch (Exception error) when (error is JsonException or ArgumentException)
        {
            throw JsonFields.Malformed("The parameter is not JSON.", key, error);
        }
    }
}
