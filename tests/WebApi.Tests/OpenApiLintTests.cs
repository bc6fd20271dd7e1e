using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using NJsonSchema;
using Torch2Jax.WebApi.Tests.Support;

namespace Torch2Jax.WebApi.Tests;

/// <summary>What a reader of the OpenAPI document may rely on in every operation.</summary>
[Collection(ServiceCollection.Name)]
public sealed partial class OpenApiLintTests(ServiceFixture fixture)
{
    [Fact]
    public async Task Operation_ids_are_unique_and_every_operation_has_a_group()
    {
        var operations = (await DocumentAsync()).Operations;
        Assert.Equal(operations.Count, operations.DistinctBy(one => (string)one.Value["operationId"]!).Count());
        Assert.All(operations, one => Assert.Matches(CamelCase(), (string)one.Value["operationId"]!));
        Assert.All(operations, one => Assert.Single(one.Value["tags"]!.AsArray()));
    }

    [Fact]
    public async Task Every_error_is_documented_with_the_form_that_it_has()
    {
        foreach (var (name, operation) in (await DocumentAsync()).Operations)
        {
            foreach (
                var (status, response) in operation["responses"]!.AsObject().Where(one => one.Key[0] is '4' or '5')
            )
            {
                var (type, schema) = name.Contains(" /v2", StringComparison.Ordinal)
                    ? ("application/json", "InferenceError")
                    : ("application/problem+json", "Problem");
                var reference = (string?)response?["content"]?[type]?["schema"]?["$ref"];
                Assert.True(reference == $"#/components/schemas/{schema}", $"{name} {status}: {reference}");
                Assert.Matches("`[a-z_]+`: .", (string)response!["description"]!);
                Assert.NotEmpty(response["content"]![type]!["examples"]!.AsObject());
            }
        }
    }

    [Fact]
    public async Task Every_good_answer_says_what_it_holds()
    {
        foreach (var (name, operation) in (await DocumentAsync()).Operations)
        {
            foreach (var (status, response) in operation["responses"]!.AsObject().Where(one => one.Key[0] == '2'))
            {
                var empty =
                    status == "204" || (string)operation["operationId"]! is "v2Load" or "v2Unload" or "describeArray";
                Assert.True(empty == response!["content"] is null, $"{name} {status}");
            }
        }
    }

    [Fact]
    public async Task Every_JSON_body_and_every_place_in_a_path_has_an_example()
    {
        foreach (var (name, operation) in (await DocumentAsync()).Operations)
        {
            var places = (operation["parameters"]?.AsArray() ?? []).Where(one => (string?)one!["in"] == "path");
            Assert.All(places, one => Assert.NotNull(one!["example"]));
            if (operation["requestBody"]?["content"]?["application/json"] is { } body)
            {
                Assert.True(body["examples"] is JsonObject { Count: > 0 }, $"{name} has no example");
            }
        }
    }

    [Fact]
    public async Task Examples_are_what_their_schemas_say()
    {
        var document = await DocumentAsync();
        var checkedExamples = 0;
        foreach (var (name, operation) in document.Operations)
        {
            var contents = operation["responses"]!
                .AsObject()
                .Select(one => one.Value!["content"])
                .Append(operation["requestBody"]?["content"])
                .OfType<JsonObject>()
                .SelectMany(content => content.Select(one => one.Value!));
            foreach (var content in contents.Where(content => content["schema"]?["$ref"] is not null))
            {
                var schema = await document.SchemaAsync((string)content["schema"]!["$ref"]!);
                var examples =
                    (content["examples"] as JsonObject)?.Select(one => document.Resolve(one.Value!)["value"]) ?? [];
                foreach (var example in examples.Append(content["example"]).OfType<JsonNode>())
                {
                    var errors = schema.Validate(example.ToJsonString());
                    Assert.True(errors.Count == 0, $"{name}: {string.Join("; ", errors)}");
                    checkedExamples++;
                }
            }
        }

        Assert.True(checkedExamples > 10, $"only {checkedExamples} examples");
    }

    [Fact]
    public async Task Answers_are_what_their_schemas_say()
    {
        var document = await DocumentAsync();
        var service = fixture.Service;
        await service.RegisterAsync("described", Json.Double);
        (await service.PostAsync("/api/functions/described/invoke", Json.Call(Json.Floats(1)))).Good();
        foreach (
            var (name, operation) in document.Operations.Where(one =>
                one.Name.StartsWith("GET ", StringComparison.Ordinal)
            )
        )
        {
            if (
                (string?)operation["responses"]!["200"]?["content"]?["application/json"]?["schema"]?["$ref"]
                is not { } reference
            )
            {
                continue;
            }

            var path = Place().Replace(name[4..].Replace("{version}", "1", StringComparison.Ordinal), "described");
            var answer = await service.GetAsync(path);
            if (answer.Status == System.Net.HttpStatusCode.OK)
            {
                var errors = (await document.SchemaAsync(reference)).Validate(answer.Text);
                Assert.True(errors.Count == 0, $"{name}: {string.Join("; ", errors)} in {answer.Text}");
            }
        }
    }

    private async Task<Document> DocumentAsync() =>
        new(JsonNode.Parse((await fixture.Service.GetAsync("/swagger/v1/swagger.json")).Text)!);

    [GeneratedRegex("^(v2)?[a-zA-Z][a-zA-Z0-9]*$")]
    private static partial Regex CamelCase();

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex Place();

    private sealed record Document(JsonNode Root)
    {
        public IReadOnlyList<(string Name, JsonNode Value)> Operations { get; } =
        [
            .. Root["paths"]!
                .AsObject()
                .SelectMany(path =>
                    path.Value!.AsObject().Select(one => ($"{one.Key.ToUpperInvariant()} {path.Key}", one.Value!))
                ),
        ];

        /// <summary>What a reference stands for; anything else is itself.</summary>
        public JsonNode Resolve(JsonNode node) =>
            (string?)node["$ref"] is { } reference
                ? reference[2..].Split('/').Aggregate(Root, (at, name) => at[name]!)
                : node;

        public Task<JsonSchema> SchemaAsync(string reference)
        {
            var schemas = Root["components"]!["schemas"]!.DeepClone();
            AllowNulls(schemas);
            var schema = new JsonObject
            {
                ["allOf"] = new JsonArray(new JsonObject { ["$ref"] = reference }),
                ["definitions"] = schemas,
            };
            var text = schema
                .ToJsonString()
                .Replace("#/components/schemas/", "#/definitions/", StringComparison.Ordinal);
            return JsonSchema.FromJsonAsync(text);
        }

        // What OpenAPI 3.0 calls nullable is one more type in JSON Schema.
        private static void AllowNulls(JsonNode? node)
        {
            if (node is JsonObject one)
            {
                if (one["nullable"] is not null && one["type"] is JsonValue type)
                {
                    one["type"] = new JsonArray(type.DeepClone(), "null");
                    one.Remove("nullable");
                }

                foreach (var (_, child) in one.ToList())
                {
                    AllowNulls(child);
                }
            }
            else if (node is JsonArray list)
            {
                foreach (var child in list)
                {
                    AllowNulls(child);
                }
            }
        }
    }
}
