using System.Text.Json;
using Torch2Jax.WebApi.Bodies;
using Torch2Jax.WebApi.Hosting;

namespace Torch2Jax.WebApi.Contracts;

/// <summary>
/// The fields of an archive's registration, which come as query parameters: texts as they are, trees and numbers as JSON.
/// They are put into one JSON object and read like any registration's.
/// </summary>
internal static class ArchiveQuery
{
    private static readonly HashSet<string> Texts = ["entry", "vmapMethod", "isolation", "description"];

    private static readonly HashSet<string> Trees =
    [
        "exampleArgs",
        "exampleKwargs",
        "outputShapes",
        "nondiffArgnums",
        "nondiffMask",
    ];

    public static RegistrationBody Read(string name, IQueryCollection query, LimitOptions limits)
    {
        using var buffer = new MemoryStream();
        var functional = false;
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteString("source", "");
            foreach (var (key, values) in query)
            {
                var value = QueryFields.Single(key, values);
                if (key == "functional")
                {
                    functional = bool.TryParse(value, out var given)
                        ? given
                        : throw JsonFields.Malformed("true or false was expected.", key);
                }
                else
                {
                    QueryFields.Write(json, key, value, Texts, Trees);
                }
            }

            json.WriteEndObject();
        }

        var read = RegistrationReader.Read(buffer.ToArray(), limits);
        read.Source = null;
        read.Functional = functional;
        return read;
    }
}
