using System.Text.Json;
using NJsonSchema;
using Torch2Jax.Errors;

namespace Torch2Jax.Batches.Tests;

/// <summary>The schema that editors use says what the reader does.</summary>
public sealed class SchemaTests
{
    [Fact]
    public void The_schema_names_the_fields_that_the_reader_knows()
    {
        using var schema = JsonDocument.Parse(ManifestReader.Schema);
        var named = schema.RootElement.GetProperty("properties").EnumerateObject().Select(property => property.Name);
        var refused = Assert.Throws<EngineException>(() =>
            ManifestReader.Read(
                """
                {"function":"f","args":[{"$input":"x"}],"inputs":{"x":{"array":"x.npy"}},"output":{"array":"y.npy"},"?":1}
                """
            )
        );

        var known = refused.Message[(refused.Message.IndexOf("known are ", StringComparison.Ordinal) + 10)..^1];
        Assert.Equal(known.Split(", "), named.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(
        """{"function":"f@2","args":[{"$input":"x"}],"inputs":{"x":{"array":"x.npy","axis":1}},"output":{"array":"y.npy"}}"""
    )]
    [InlineData(
        """
            {"name":"n","function":"f","transforms":["grad",{"vmap":{}}],"args":[{"$file":"p.npz"},{"$input":"t"}],"kwargs":{"s":1.5},
             "inputs":{"t":{"files":"in/*.csv","csv":{"header":true,"columns":["a"],"delimiter":";","dtype":"float64"}}},
             "output":{"files":"out/{date}/{stem}.npz"},"chunkSize":10,"concurrency":2,"device":"cpu","threads":1,"seed":7,
             "retries":0,"retryDelayMs":5,"timeoutMs":60000,"onBadChunk":"skip","overwrite":true}
            """
    )]
    public async Task What_the_reader_takes_is_valid(string manifest)
    {
        ManifestReader.Read(manifest);
        var schema = await JsonSchema.FromJsonAsync(ManifestReader.Schema);
        Assert.Empty(schema.Validate(manifest));
    }

    [Theory]
    [InlineData("""{"inputs":{"x":{"array":"x.npy"}},"output":{"array":"y.npy"}}""")]
    [InlineData("""{"function":"f","inputs":{"x":{"array":"x.npz"}},"output":{"array":"y.npy"}}""")]
    [InlineData("""{"function":"f","inputs":{"x":{}},"output":{"array":"y.npy"}}""")]
    [InlineData("""{"function":"f","inputs":{"x":{"array":"x.npy"}},"output":{"array":"y.csv"}}""")]
    [InlineData("""{"function":"f","inputs":{"x":{"array":"x.npy"}},"output":{"array":"y.npy"},"chunks":3}""")]
    [InlineData("""{"function":"f","inputs":{"x":{"array":"x.npy"}},"output":{"array":"y.npy"},"chunkSize":0}""")]
    [InlineData("""{"function":"f","inputs":{"x":{"array":"x.npy"}},"output":{"array":"y.npy"},"timeoutMs":0}""")]
    public async Task What_the_reader_refuses_by_its_form_is_not(string manifest)
    {
        Assert.Throws<EngineException>(() => ManifestReader.Read(manifest));
        var schema = await JsonSchema.FromJsonAsync(ManifestReader.Schema);
        Assert.NotEmpty(schema.Validate(manifest));
    }
}
