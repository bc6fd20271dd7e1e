using System.Text.Json;
using Torch2Jax.Functions;
using Torch2Jax.Transforms;

namespace Torch2Jax.Client;

/// <summary>Writes the body of a registration. The data of examples is sent: the function is tried on it.</summary>
internal static class RegistrationJson
{
    public static void Write(Utf8JsonWriter json, RegistrationRequest request)
    {
        json.WriteStartObject();
        json.WriteString("name", request.Name);
        json.WriteString("source", request.Source);
        if (request.Entry is { } entry)
        {
            json.WriteString("entry", entry);
        }

        if (request.VmapMethod is { } method)
        {
            json.WriteString("vmapMethod", method);
        }

        if (IsolationText.Of(request.Isolation) is { } isolation)
        {
            json.WriteString("isolation", isolation);
        }

        if (request.Description is { } description)
        {
            json.WriteString("description", description);
        }

        foreach (var (name, write) in Trees(request))
        {
            json.WritePropertyName(name);
            write(json);
        }

        json.WriteEndObject();
    }

    /// <summary>The fields that are trees, those that are given.</summary>
    public static IEnumerable<(string Name, Action<Utf8JsonWriter> Write)> Trees(RegistrationRequest request)
    {
        if (request.ExampleArgs is { } args)
        {
            yield return ("exampleArgs", json => InvocationJson.WriteArguments(json, args, shapesOnly: false));
        }

        if (request.ExampleKwargs is { } kwargs)
        {
            yield return ("exampleKwargs", json => InvocationJson.WriteKeywords(json, kwargs, shapesOnly: false));
        }

        if (request.OutputShapes is { } shapes)
        {
            yield return ("outputShapes", json => InvocationJson.WriteOutputShapes(json, shapes));
        }

        if (request.Nondiff is { Argnums: { } argnums })
        {
            yield return (
                "nondiffArgnums",
                json => WriteAll(json, argnums, (to, number) => to.WriteNumberValue(number))
            );
        }

        if (request.Nondiff is { Mask: { } mask })
        {
            yield return (
                "nondiffMask",
                json =>
                    WriteAll(
                        json,
                        mask,
                        (to, tree) => SmallTree.Write(to, tree, (leaf, set) => leaf.WriteBooleanValue(set))
                    )
            );
        }
    }

    private static void WriteAll<T>(Utf8JsonWriter json, IReadOnlyList<T> items, Action<Utf8JsonWriter, T> write)
    {
        json.WriteStartArray();
        foreach (var item in items)
        {
            write(json, item);
        }

        json.WriteEndArray();
    }
}
