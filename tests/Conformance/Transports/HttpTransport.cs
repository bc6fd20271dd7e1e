using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Torch2Jax.Conformance.Goldens;

namespace Torch2Jax.Conformance.Transports;

/// <summary>The REST API.</summary>
internal class HttpTransport(HttpClient client) : ITransport
{
    public IReadOnlyList<string> Encodings { get; } = ["json", "nested", "base64"];

    public async Task<Failure?> RegisterAsync(RegistrationSpec registration)
    {
        var body = new JsonObject { ["name"] = registration.Name, ["source"] = registration.Source };
        Add(body, "entry", registration.Entry);
        Add(body, "exampleArgs", registration.ExampleArgs is { } args ? WireTree.WriteAll(args) : null);
        Add(body, "exampleKwargs", WireTree.WriteAll(registration.ExampleKwargs));
        Add(body, "outputShapes", registration.OutputShapes is { } shapes ? WireTree.Write(shapes) : null);
        Add(body, "nondiffArgnums", registration.NondiffArgnums);
        Add(body, "nondiffMask", registration.NondiffMask);
        return (await PostAsync("/api/functions", body)).Failure;
    }

    public async Task<CallAnswer> InvokeAsync(string function, CallSpec call)
    {
        var (answer, failure) = await PostAsync($"/api/functions/{function}/invoke", await WithNamesAsync(Body(call)));
        return failure is not null
            ? new CallAnswer(failure)
            : new CallAnswer(null as Failure)
            {
                Outputs = WireTree.Read(answer.GetProperty("outputs")),
                TreeDef = answer.GetProperty("treedef").GetString()!,
                ShapeKey = answer.GetProperty("shapeKey").GetString()!,
                Cache = answer.GetProperty("cache").GetString()!,
                Warnings = [.. answer.GetProperty("warnings").EnumerateArray().Select(text => text.GetString()!)],
            };
    }

    public async Task<CallAnswer> EvalShapeAsync(string function, CallSpec call)
    {
        var (answer, failure) = await PostAsync(
            $"/api/functions/{function}/eval-shape",
            await WithNamesAsync(Body(call))
        );
        return failure is not null
            ? new CallAnswer(failure)
            : new CallAnswer(null as Failure)
            {
                Outputs = WireTree.Read(answer.GetProperty("outputs")),
                TreeDef = answer.GetProperty("treedef").GetString()!,
            };
    }

    /// <summary>The same call in other words.</summary>
    protected virtual Task<JsonObject> WithNamesAsync(JsonObject body) => Task.FromResult(body);

    private static JsonObject Body(CallSpec call)
    {
        var body = new JsonObject { ["args"] = WireTree.WriteAll(call.Args) };
        Add(body, "kwargs", WireTree.WriteAll(call.Kwargs));
        Add(body, "transforms", call.Transforms?.DeepClone());
        Add(body, "outputShapes", call.OutputShapes is { } shapes ? WireTree.Write(shapes) : null);
        Add(body, "sharding", call.Sharding?.DeepClone());
        Add(body, "encoding", call.Encoding);
        return body;
    }

    private static void Add(JsonObject body, string name, JsonNode? value)
    {
        if (value is not null)
        {
            body[name] = value;
        }
    }

    private async Task<(JsonElement Answer, Failure? Failure)> PostAsync(string path, JsonObject body)
    {
        using var response = await client.PostAsJsonAsync(path, body);
        var text = await response.Content.ReadAsStringAsync();
        if (text.Length == 0)
        {
            return (default, new Failure(response.StatusCode.ToString(), "an empty answer"));
        }

        var answer = JsonDocument.Parse(text).RootElement;
        if (response.IsSuccessStatusCode)
        {
            return (answer, null);
        }

        var code = answer.TryGetProperty("code", out var named) ? named.GetString()! : response.StatusCode.ToString();
        return (
            answer,
            new Failure(code, answer.TryGetProperty("detail", out var detail) ? detail.GetString() ?? "" : text)
        );
    }
}
