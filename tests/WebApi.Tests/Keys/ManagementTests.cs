using System.Net;
using Torch2Jax.Registry.Keys;
using Torch2Jax.WebApi.Tests.Support;

namespace Torch2Jax.WebApi.Tests.Keys;

[Collection(ServiceCollection.Name)]
public sealed class ManagementTests(ServiceFixture fixture)
{
    private const string Keys = "/api/keys";

    [Fact]
    public async Task The_first_key_made_over_HTTP_is_an_admins_and_closes_the_service()
    {
        await using var service = await fixture.StartAsync(ServiceFixture.NewSchema());
        (await service.PostAsync(Keys, """{"name":"r","role":"reader"}""")).Problem(409, "conflict");

        var answer = await service.PostAsync(Keys, """{"name":"operations","role":"admin"}""");

        var made = answer.Good(HttpStatusCode.Created);
        Assert.Equal($"/api/keys/{made.GetProperty("id").GetInt32()}", answer.Headers.Location!.OriginalString);
        var key = made.GetProperty("key").GetString()!;
        (await service.GetAsync(Keys)).Problem(401, "unauthenticated");
        var listed = await service.SendAsync("GET", Keys, key);
        Assert.DoesNotContain(key, listed.Text, StringComparison.Ordinal);
        var shown = Assert.Single(listed.Good().GetProperty("keys").EnumerateArray());
        Assert.Equal(("operations", "admin"), (Text(shown, "name"), Text(shown, "role")));
        Assert.StartsWith(Text(shown, "prefix")!, key, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_has_the_rate_and_the_end_that_were_asked_for_and_the_last_admins_stays()
    {
        await using var service = await fixture.StartAsync(ServiceFixture.NewSchema());
        var admin = await service.AddKeyAsync(KeyRole.Admin);
        var made = (
            await service.SendAsync(
                "POST",
                Keys,
                admin.Text,
                """{"role":"invoker","expiresIn":"90d","ratePerMinute":600}"""
            )
        ).Good(HttpStatusCode.Created);
        Assert.Equal(("invoker", 600), (Text(made, "name"), made.GetProperty("ratePerMinute").GetInt32()));
        Assert.InRange(
            made.GetProperty("expiresAt").GetDateTimeOffset(),
            DateTimeOffset.UtcNow.AddDays(89),
            DateTimeOffset.UtcNow.AddDays(91)
        );
        (await service.SendAsync("DELETE", $"{Keys}/{admin.Key.Id}", admin.Text)).Problem(409, "conflict");
        (await service.SendAsync("DELETE", $"{Keys}/4711", admin.Text)).Problem(404, "not_found");
        for (var i = 0; i < 2; i++)
        {
            var revoked = await service.SendAsync("DELETE", $"{Keys}/{Text(made, "prefix")}", admin.Text);
            Assert.Equal(HttpStatusCode.NoContent, revoked.Status);
        }
    }

    [Theory]
    [InlineData("""{"name":"n"}""", "role")]
    [InlineData("""{"role":"root"}""", "role")]
    [InlineData("""{"role":3}""", "role")]
    [InlineData("""{"role":"reader","name":""}""", "name")]
    [InlineData("""{"role":"reader","expiresAt":"soon"}""", "expiresAt")]
    [InlineData("""{"role":"reader","expiresAt":"2001-01-01T00:00:00Z"}""", "expiresAt")]
    [InlineData("""{"role":"reader","expiresIn":"90"}""", "expiresIn")]
    [InlineData("""{"role":"reader","expiresIn":"-1d"}""", "expiresIn")]
    [InlineData("""{"role":"reader","ratePerMinute":0}""", "ratePerMinute")]
    [InlineData("""{"role":"reader","ratePerMinute":99999999999}""", "ratePerMinute")]
    [InlineData("""{"role":"reader","scope":"all"}""", "scope")]
    public async Task A_request_that_is_wrong_says_where(string body, string path)
    {
        var problem = (await fixture.Service.PostAsync(Keys, body)).Problem(400, "malformed_request");
        Assert.Equal(path, Text(problem, "path"));
    }

    [Fact]
    public async Task The_audit_tells_who_changed_what_in_which_request()
    {
        await using var service = await fixture.StartAsync(ServiceFixture.NewSchema());
        await service.RegisterAsync("before", Json.Double);
        var admin = await service.AddKeyAsync(KeyRole.Admin);
        var author = await service.AddKeyAsync(KeyRole.Author);
        using var request = KeyedService.Request(
            "POST",
            "/api/functions",
            author.Text,
            Json.Registration("after", Json.Double)
        );
        request.Headers.Add("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        var registered = (await service.SendAsync(request)).Good(HttpStatusCode.Created);
        (await service.SendAsync("DELETE", "/api/functions/after/shape-cache", author.Text)).Good(
            HttpStatusCode.NoContent
        );
        (await service.SendAsync("DELETE", "/api/functions/after", author.Text)).Problem(403, "forbidden");
        (await service.SendAsync("DELETE", "/api/functions/after", admin.Text)).Good(HttpStatusCode.NoContent);

        var first = (await service.SendAsync("GET", "/api/audit?limit=4", admin.Text)).Good();
        var cursor = Text(first, "nextCursor");
        var second = (await service.SendAsync("GET", $"/api/audit?limit=4&cursor={cursor}", admin.Text)).Good();

        Assert.Null(Text(second, "nextCursor"));
        var rows = first.GetProperty("entries").EnumerateArray().Concat(second.GetProperty("entries").EnumerateArray());
        Assert.Equal(
            [
                ("delete", "key", "the admin's", "after"),
                ("clear_cache", "key", "the author's", "after"),
                ("register", "key", "the author's", "after"),
                ("key_add", "program", null, null),
                ("key_add", "program", null, null),
                ("register", "anonymous", null, "before"),
            ],
            rows.Select(row => (Text(row, "action"), Text(row, "actor"), Text(row, "keyName"), Text(row, "function")))
        );
        var register = rows.ElementAt(2);
        Assert.Equal("4bf92f3577b34da6a3ce929d0e0e4736", Text(register, "traceId"));
        Assert.Equal(Text(registered, "sha256"), Text(register, "sha256"));
        Assert.Equal(32, Text(rows.Last(), "traceId")!.Length);
        (await service.SendAsync("GET", "/api/audit?cursor=nonsense", admin.Text)).Problem(400, "malformed_request");
    }

    private static string? Text(System.Text.Json.JsonElement body, string name) => body.GetProperty(name).GetString();
}
