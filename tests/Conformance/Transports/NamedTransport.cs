using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Torch2Jax.Conformance.Transports;

/// <summary>
/// The REST API with stored arrays: what a call is made of is put first and then named. Every other argument is named as a
/// whole tree, those between them leaf by leaf. What cannot be stored is written out, so that the call says why.
/// </summary>
internal sealed class NamedTransport(HttpClient client) : HttpTransport(client)
{
    private readonly HttpClient client = client;
    private readonly Dictionary<string, string?> names = new(StringComparer.Ordinal);

    /// <summary>How many arrays and trees were stored.</summary>
    public int Named => names.Values.Count(name => name is not null);

    protected override async Task<JsonObject> WithNamesAsync(JsonObject body)
    {
        if (body["args"] is JsonArray args)
        {
            for (var i = 0; i < args.Count; i++)
            {
                args[i] = await NameAsync(args[i], whole: i % 2 == 0);
            }
        }

        foreach (var (keyword, _) in body["kwargs"]?.AsObject().ToArray() ?? [])
        {
            body["kwargs"]![keyword] = await NameAsync(body["kwargs"]![keyword], whole: true);
        }

        return body;
    }

    private async Task<JsonNode?> NameAsync(JsonNode? tree, bool whole)
    {
        if ((IsArray(tree) || (whole && tree is JsonObject or JsonArray)) && await PutAsync(tree!) is { } name)
        {
            return new JsonObject { ["$ref"] = name };
        }

        switch (tree)
        {
            case JsonObject dict when !IsArray(tree):
                foreach (var (key, child) in dict.ToArray())
                {
                    dict[key] = await NameAsync(child, whole: false);
                }

                break;
            case JsonArray list:
                for (var i = 0; i < list.Count; i++)
                {
                    list[i] = await NameAsync(list[i], whole: false);
                }

                break;
        }

        return tree?.DeepClone();
    }

    private static bool IsArray(JsonNode? tree) =>
        tree is JsonObject leaf && leaf.ContainsKey("dtype") && leaf.ContainsKey("shape");

    private async Task<string?> PutAsync(JsonNode tree)
    {
        var text = tree.ToJsonString();
        if (!names.TryGetValue(text, out var name))
        {
            name = $"golden{names.Count}";
            using var stored = await client.PutAsJsonAsync($"/api/arrays/{name}", tree);
            names[text] = name = stored.IsSuccessStatusCode ? name : null;
        }

        return name;
    }
}
