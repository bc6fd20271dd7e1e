using System.Net;
using System.Text.Json;
using Torch2Jax.Registry.Keys;
using Torch2Jax.WebApi.Tests.Support;

namespace Torch2Jax.WebApi.Tests.Batches;

/// <summary>Who made, stopped, resumed or deleted what is in the audit; and a change that changed nothing is not.</summary>
[Collection(ServiceCollection.Name)]
public sealed class BatchAuditTests(ServiceFixture fixture) : IDisposable
{
    private readonly BatchPlace place = new();

    public void Dispose() => place.Dispose();

    [Fact]
    public async Task Batches_and_schedules_leave_rows_with_the_key_that_asked()
    {
        place.Write("in/a.npy");
        await using var service = await RunningService.StartAsync(
            fixture.Data,
            ServiceFixture.NewSchema(),
            ("Batches:Roots", place.Root)
        );
        await service.RegisterAsync("slow", BatchPlace.Slow);
        var key = (await service.AddKeyAsync(KeyRole.Admin)).Text;
        async Task<Answer> AskAsync(string method, string path, string? body = null) =>
            await service.SendAsync(method, path, key, body ?? (method == "POST" ? "{}" : null));

        var body = $$"""{"manifest":{{BatchPlace.Manifest("slow").ToJsonString()}}}""";
        var batch = (await AskAsync("POST", "/api/batches", body)).Good(HttpStatusCode.Accepted);
        var id = batch.GetProperty("id").GetString()!;
        (await AskAsync("POST", $"/api/batches/{id}/cancel")).Good();
        (await AskAsync("POST", $"/api/batches/{id}/cancel")).Problem(409, "conflict");
        (await AskAsync("POST", $"/api/batches/{id}/resume")).Good(HttpStatusCode.Accepted);
        (await AskAsync("POST", $"/api/batches/{id}/cancel")).Good();
        Assert.Equal(HttpStatusCode.NoContent, (await AskAsync("DELETE", $"/api/batches/{id}")).Status);
        (await AskAsync("POST", "/api/schedules", BatchPlace.Schedule("s", null, null, 3600, "slow"))).Good(
            HttpStatusCode.Created
        );
        foreach (var change in (string[])["pause", "pause", "resume"])
        {
            (await AskAsync("POST", $"/api/schedules/s/{change}")).Good();
        }

        Assert.Equal(HttpStatusCode.NoContent, (await AskAsync("DELETE", "/api/schedules/s")).Status);

        var rows = (await AskAsync("GET", "/api/audit")).Good().GetProperty("entries").EnumerateArray().ToArray();
        string[] expected =
        [
            "schedule_delete",
            "schedule_resume",
            "schedule_pause",
            "schedule_add",
            "batch_delete",
            "batch_cancel",
            "batch_resume",
            "batch_cancel",
            "batch_make",
        ];
        var ours = rows.Take(expected.Length).ToArray();
        Assert.Equal(expected, ours.Select(row => Text(row, "action")));
        Assert.All(ours, row => Assert.Equal("key", Text(row, "actor")));
        Assert.All(ours[..4], row => Assert.Equal("s", Text(row, "subject")));
        Assert.All(ours[4..], row => Assert.Equal(id, Text(row, "subject")));
        Assert.Equal("slow", Text(ours[^1], "function"));
        Assert.Equal(1, ours[^1].GetProperty("version").GetInt32());
    }

    [Fact]
    public async Task The_schema_of_manifests_is_served()
    {
        var answer = await fixture.Service.GetAsync("/api/batches/schema");
        Assert.Equal("application/schema+json", answer.MediaType);
        Assert.Equal(JsonValueKind.Object, answer.Good().GetProperty("properties").GetProperty("timeoutMs").ValueKind);
    }

    private static string? Text(JsonElement row, string field) => row.GetProperty(field).GetString();
}
