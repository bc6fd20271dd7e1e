using Torch2Jax.WebApi.Tests.Support;

namespace Torch2Jax.WebApi.Tests;

/// <summary>
/// The document is committed, so that a change of it is seen in review. To renew it after a change that is meant:
/// <c>RENEW=1 dotnet test tests/WebApi.Tests --filter OpenApiTests</c>.
/// </summary>
[Collection(ServiceCollection.Name)]
public sealed class OpenApiTests(ServiceFixture fixture)
{
    private readonly RunningService service = fixture.Service;

    [Fact]
    public async Task The_document_is_the_committed_one()
    {
        var document =
            (await service.GetAsync("/swagger/v1/swagger.json")).Text.ReplaceLineEndings("\n").TrimEnd() + "\n";
        if (Environment.GetEnvironmentVariable("RENEW") is not null)
        {
            await File.WriteAllTextAsync(Committed(), document);
        }

        Assert.Equal(await File.ReadAllTextAsync(Committed()), document);
    }

    [Fact]
    public async Task Every_operation_has_a_summary_a_description_and_its_errors()
    {
        var paths = (await service.GetAsync("/swagger/v1/swagger.json")).Good().GetProperty("paths");
        foreach (
            var operation in paths
                .EnumerateObject()
                .SelectMany(path => path.Value.EnumerateObject())
                .Select(method => method.Value)
        )
        {
            Assert.NotEmpty(operation.GetProperty("summary").GetString()!);
            Assert.NotEmpty(operation.GetProperty("description").GetString()!);
            Assert.Contains(
                operation.GetProperty("responses").EnumerateObject(),
                response => response.Name.StartsWith('4')
            );
        }
    }

    [Fact]
    public async Task The_examples_can_be_sent_unchanged()
    {
        var schema = ServiceFixture.NewSchema();
        await using var fresh = await fixture.StartAsync(schema);
        var paths = (await fresh.GetAsync("/swagger/v1/swagger.json")).Good().GetProperty("paths");
        foreach (
            var path in (string[])
                [
                    "/api/functions",
                    "/api/functions/{name}/invoke",
                    "/api/functions/{name}/eval-shape",
                    "/v2/models/{model}/infer",
                ]
        )
        {
            var content = paths
                .GetProperty(path)
                .GetProperty("post")
                .GetProperty("requestBody")
                .GetProperty("content")
                .GetProperty("application/json");
            foreach (var example in content.GetProperty("examples").EnumerateObject())
            {
                var address = path.Replace("{name}", "cross_entropy", StringComparison.Ordinal)
                    .Replace("{model}", "cross_entropy", StringComparison.Ordinal);
                var answer = await fresh.PostAsync(address, example.Value.GetProperty("value").GetRawText());
                Assert.True((int)answer.Status is 200 or 201, $"{path} {example.Name}: {answer.Text}");
            }
        }
    }

    [Fact]
    public async Task The_page_of_Swagger_is_there()
    {
        var page = await service.GetAsync("/swagger/index.html");
        Assert.Equal("text/html", page.MediaType);
        Assert.Equal(System.Net.HttpStatusCode.OK, page.Status);
    }

    private static string Committed() => Repository.Find("tests/WebApi.Tests/openapi.json");
}
