using System.Net;
using Torch2Jax.WebApi.Tests.Support;

namespace Torch2Jax.WebApi.Tests;

[Collection(ServiceCollection.Name)]
public sealed class FunctionsTests(ServiceFixture fixture)
{
    private readonly RunningService service = fixture.Service;

    [Fact]
    public async Task A_registration_answers_with_what_is_stored_and_where()
    {
        var answer = await service.PostAsync(
            "/api/functions",
            Json.Registration(
                "stored",
                Json.Double,
                ("exampleArgs", new System.Text.Json.Nodes.JsonArray(Shape("float32", 3))),
                ("description", "Twice.")
            )
        );
        var function = answer.Good(HttpStatusCode.Created);
        Assert.Equal("/api/functions/stored@1", answer.Headers.Location!.ToString());
        Assert.Equal("stored", function.GetProperty("name").GetString());
        Assert.Equal(1, function.GetProperty("version").GetInt32());
        Assert.Equal(64, function.GetProperty("sha256").GetString()!.Length);
        Assert.Equal("double", function.GetProperty("entry").GetString());
        Assert.Equal("double(x: Tensor) -> Tensor", function.GetProperty("signature").GetString());
        Assert.Equal("PyTreeDef((*,))", function.GetProperty("inTree").GetString());
        Assert.Equal("float32[3]", function.GetProperty("shapeKey").GetString());
        Assert.Equal("""{"dtype":"float32","shape":[3]}""", function.GetProperty("outputShapes").GetRawText());
        Assert.Equal("Twice.", function.GetProperty("description").GetString());
        Assert.Equal(0, function.GetProperty("warnings").GetArrayLength());
        Assert.True(
            DateTimeOffset.UtcNow - function.GetProperty("createdAt").GetDateTimeOffset() < TimeSpan.FromMinutes(5)
        );
        Assert.Equal(function.GetRawText(), (await service.GetAsync("/api/functions/stored@1")).Good().GetRawText());
    }

    [Fact]
    public async Task The_same_content_is_the_same_version_and_other_content_a_new_one()
    {
        (await service.PostAsync("/api/functions", Json.Registration("versions", Json.Double))).Good(
            HttpStatusCode.Created
        );
        var again = await service.PostAsync("/api/functions", Json.Registration("versions", Json.Double));
        Assert.Equal(1, again.Good().GetProperty("version").GetInt32());
        var other = await service.PostAsync(
            "/api/functions",
            Json.Registration("versions", Json.Double.Replace("x + x", "x * 2", StringComparison.Ordinal))
        );
        Assert.Equal(2, other.Good(HttpStatusCode.Created).GetProperty("version").GetInt32());
        var back = await service.PostAsync("/api/functions", Json.Registration("versions", Json.Double));
        Assert.Equal(3, back.Good(HttpStatusCode.Created).GetProperty("version").GetInt32());

        var versions = (await service.GetAsync("/api/functions/versions/versions")).Good().GetProperty("versions");
        Assert.Equal([1, 2, 3], versions.EnumerateArray().Select(version => version.GetProperty("version").GetInt32()));
        Assert.Equal(3, (await service.GetAsync("/api/functions/versions")).Good().GetProperty("version").GetInt32());
        Assert.Contains(
            "x * 2",
            (await service.GetAsync("/api/functions/versions@2/source")).Good().GetProperty("source").GetString(),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Pages_follow_one_another_without_gaps()
    {
        for (var i = 0; i < 5; i++)
        {
            await service.RegisterAsync($"page_{i}", Json.Double);
        }

        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var page = (await service.GetAsync($"/api/functions?prefix=page_&limit=2&cursor={cursor}")).Good();
            seen.AddRange(
                page.GetProperty("functions")
                    .EnumerateArray()
                    .Select(function => function.GetProperty("name").GetString()!)
            );
            cursor = page.GetProperty("nextCursor").GetString();
        } while (cursor is not null);

        Assert.Equal(["page_0", "page_1", "page_2", "page_3", "page_4"], seen);
    }

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=1001", "limit")]
    [InlineData("limit=many", "limit")]
    [InlineData("limit=1&limit=2", "limit")]
    [InlineData("cursor=%21%21", "cursor")]
    public async Task A_wrong_page_is_a_malformed_request(string query, string path)
    {
        var problem = (await service.GetAsync($"/api/functions?{query}")).Problem(400, "malformed_request");
        Assert.Equal(path, problem.GetProperty("path").GetString());
    }

    [Fact]
    public async Task A_deleted_function_is_gone_and_its_numbers_are_not_used_again()
    {
        await service.RegisterAsync("gone", Json.Double);
        (await service.PostAsync("/api/functions/gone/invoke", Json.Call(Json.Floats(1)))).Good();
        (await service.SendAsync(HttpMethod.Delete, "/api/functions/gone@1")).Problem(400, "malformed_request");
        Assert.Equal(
            HttpStatusCode.NoContent,
            (await service.SendAsync(HttpMethod.Delete, "/api/functions/gone")).Status
        );
        (await service.SendAsync(HttpMethod.Delete, "/api/functions/gone")).Problem(404, "function_not_found");
        (await service.GetAsync("/api/functions/gone")).Problem(404, "function_not_found");
        (await service.GetAsync("/api/functions/gone/shape-cache")).Problem(404, "function_not_found");
        (await service.PostAsync("/api/functions/gone/invoke", Json.Call(Json.Floats(1)))).Problem(
            404,
            "function_not_found"
        );
        var again = await service.PostAsync("/api/functions", Json.Registration("gone", Json.Double));
        Assert.Equal(2, again.Good(HttpStatusCode.Created).GetProperty("version").GetInt32());
    }

    [Fact]
    public async Task An_unknown_version_is_not_found()
    {
        await service.RegisterAsync("known", Json.Double);
        (await service.GetAsync("/api/functions/known@7")).Problem(404, "version_not_found");
        (await service.PostAsync("/api/functions/known@7/invoke", Json.Call(Json.Floats(1)))).Problem(
            404,
            "version_not_found"
        );
        (await service.GetAsync("/api/functions/known@x")).Problem(400, "malformed_request");
    }

    [Fact]
    public async Task The_shape_cache_lists_what_was_called_and_can_be_cleared()
    {
        await service.RegisterAsync("cached", Json.Double);
        for (var i = 0; i < 3; i++)
        {
            (await service.PostAsync("/api/functions/cached/invoke", Json.Call(Json.Floats(1, 2)))).Good();
        }

        var entries = (await service.GetAsync("/api/functions/cached/shape-cache")).Good().GetProperty("entries");
        var entry = Assert.Single(entries.EnumerateArray());
        Assert.Equal("float32[2]", entry.GetProperty("shapeKey").GetString());
        Assert.Equal("PyTreeDef((*,))", entry.GetProperty("inTree").GetString());
        Assert.Equal(1, entry.GetProperty("version").GetInt32());
        Assert.Equal("cpu", entry.GetProperty("device").GetString());
        Assert.Equal(2, entry.GetProperty("hits").GetInt64());

        Assert.Equal(
            HttpStatusCode.NoContent,
            (await service.SendAsync(HttpMethod.Delete, "/api/functions/cached/shape-cache")).Status
        );
        Assert.Equal(
            0,
            (await service.GetAsync("/api/functions/cached/shape-cache")).Good().GetProperty("entries").GetArrayLength()
        );
        var after = (await service.PostAsync("/api/functions/cached/invoke", Json.Call(Json.Floats(1, 2)))).Good();
        Assert.Equal("miss", after.GetProperty("cache").GetString());
    }

    private static System.Text.Json.Nodes.JsonObject Shape(string dtype, params int[] shape) =>
        new()
        {
            ["dtype"] = dtype,
            ["shape"] = new System.Text.Json.Nodes.JsonArray(
                [.. shape.Select(size => System.Text.Json.Nodes.JsonValue.Create(size))]
            ),
        };
}
