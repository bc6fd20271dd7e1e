using System.Text.Json;
using System.Text.Json.Nodes;

namespace Torch2Jax.WebApi.Tests.Support;

/// <summary>Bodies of requests.</summary>
internal static class Json
{
    public const string Double = "def double(x: Tensor) -> Tensor:\n    return x + x\n";

    public static string Registration(string name, string source, params (string Name, JsonNode? Value)[] more)
    {
        var body = new JsonObject { ["name"] = name, ["source"] = source };
        foreach (var (field, value) in more)
        {
            body[field] = value;
        }

        return body.ToJsonString();
    }

    public static string Call(params string[] args) => $$"""{"args":[{{string.Join(",", args)}}]}""";

    public static string Floats(params float[] values) =>
        $$"""{"dtype":"float32","shape":[{{values.Length}}],"data":{{JsonSerializer.Serialize(values)}}}""";

    public static string Sample(string name) =>
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "samples", name));

    public static float[] Data(JsonElement array) =>
        [.. array.GetProperty("data").EnumerateArray().Select(value => value.GetSingle())];
}
