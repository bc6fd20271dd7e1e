using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Torch2Jax.WebApi.Tests.Support;

namespace Torch2Jax.WebApi.Tests.Batches;

/// <summary>Schedules over HTTP: made, looked at, paused, run at once, deleted; and what is wrong with one is said at once.</summary>
[Collection(ServiceCollection.Name)]
[SuppressMessage("Reliability", "CA1001", Justification = "IAsyncLifetime ends it.")]
public sealed class ScheduleTests(ServiceFixture fixture) : IAsyncLifetime
{
    private readonly BatchPlace place = new();
    private RunningService service = null!;

    public async Task InitializeAsync()
    {
        place.Write("in/a.npy");
        place.Write("in/b.npy");
        service = await StartAsync(ServiceFixture.NewSchema());
        await service.RegisterAsync("double", Json.Double);
    }

    public async Task DisposeAsync()
    {
        await service.DisposeAsync();
        place.Dispose();
    }

    [Fact]
    public async Task A_schedule_is_made_fires_and_its_batches_say_what_for()
    {
        var made = await service.PostAsync("/api/schedules", Schedule("each", everySeconds: 1));
        var schedule = made.Good(HttpStatusCode.Created);
        Assert.Equal("/api/schedules/each", made.Headers.Location!.ToString());
        Assert.Equal("UTC", schedule.GetProperty("timeZone").GetString());
        Assert.Equal("fireOnce", schedule.GetProperty("misfire").GetString());
        Assert.Equal("skip", schedule.GetProperty("overlap").GetString());
        Assert.Equal(".", schedule.GetProperty("folder").GetString());
        Assert.Equal("double", schedule.GetProperty("manifest").GetProperty("function").GetString());
        Assert.False(schedule.GetProperty("paused").GetBoolean());
        Assert.True(schedule.GetProperty("nextFireAt").GetDateTimeOffset() > DateTimeOffset.UtcNow.AddMinutes(-1));

        var batches = await BatchPlace.BatchesAsync(service.Client, "each", atLeast: 3);
        Assert.All(batches, batch => Assert.Equal("completed", batch.State));
        Assert.Equal(batches.Select(batch => batch.For).Distinct().Order(), batches.Select(batch => batch.For).Order());
        Assert.All(batches, batch => Assert.Equal(0, batch.For.Ticks % TimeSpan.TicksPerSecond));
        Assert.Equal(["a.npy", "b.npy"], place.Files("out"));

        var now = (await service.GetAsync("/api/schedules/each")).Good();
        Assert.True(now.GetProperty("previousFireAt").GetDateTimeOffset() >= batches[0].For);
        Assert.Equal(36, now.GetProperty("lastBatch").GetProperty("id").GetString()!.Length);
        Assert.Equal(JsonValueKind.Null, now.GetProperty("lastError").ValueKind);
        var one = (await service.GetAsync($"/api/batches/{batches[0].Id}")).Good();
        Assert.Equal("each", one.GetProperty("schedule").GetString());
        Assert.Equal(batches[0].For, one.GetProperty("scheduledAt").GetDateTimeOffset());

        Assert.Equal(
            HttpStatusCode.NoContent,
            (await service.SendAsync(HttpMethod.Delete, "/api/schedules/each")).Status
        );
        (await service.GetAsync("/api/schedules/each")).Problem(404, "function_not_found");
        (await service.GetAsync($"/api/batches/{batches[0].Id}")).Good();
    }

    [Fact]
    public async Task A_name_that_is_taken_is_a_conflict_and_the_list_has_each_schedule_once()
    {
        (await service.PostAsync("/api/schedules", Schedule("taken", "0 0 3 * * ?"))).Good(HttpStatusCode.Created);
        (await service.PostAsync("/api/schedules", Schedule("taken", everySeconds: 5))).Problem(409, "conflict");
        var listed = (await service.GetAsync("/api/schedules")).Good().GetProperty("schedules");
        var only = Assert.Single(listed.EnumerateArray());
        Assert.Equal("0 0 3 * * ?", only.GetProperty("cron").GetString());
        Assert.False(only.TryGetProperty("everySeconds", out _));
        Assert.Equal(JsonValueKind.Null, only.GetProperty("lastBatch").ValueKind);
    }

    [Fact]
    public async Task Times_are_those_of_the_zone()
    {
        foreach (var (name, zone) in new[] { ("kolkata", "Asia/Kolkata"), ("utc", "UTC") })
        {
            var answer = await service.PostAsync("/api/schedules", Schedule(name, "0 15 3 * * ?", zone));
            var next = answer.Good(HttpStatusCode.Created).GetProperty("nextFireAt").GetDateTimeOffset();
            var local = TimeZoneInfo.ConvertTime(next, TimeZoneInfo.FindSystemTimeZoneById(zone));
            Assert.Equal((3, 15, 0), (local.Hour, local.Minute, local.Second));
            Assert.InRange(next, DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(1));
        }
    }

    [Fact]
    public async Task A_paused_schedule_rests_until_it_is_resumed_and_makes_up_for_nothing()
    {
        (await service.PostAsync("/api/schedules", Schedule("rests", everySeconds: 1))).Good(HttpStatusCode.Created);
        await BatchPlace.BatchesAsync(service.Client, "rests", atLeast: 1);
        var paused = (await service.PostAsync("/api/schedules/rests/pause", "")).Good();
        Assert.True(paused.GetProperty("paused").GetBoolean());
        Assert.Equal(JsonValueKind.Null, paused.GetProperty("nextFireAt").ValueKind);
        await Task.Delay(500);
        var before = await BatchPlace.BatchesAsync(service.Client, "rests", atLeast: 1);
        await Task.Delay(2500);
        Assert.Equal(before.Count, (await BatchPlace.BatchesAsync(service.Client, "rests", atLeast: 1)).Count);

        var resumed = (await service.PostAsync("/api/schedules/rests/resume", "")).Good();
        Assert.False(resumed.GetProperty("paused").GetBoolean());
        var after = await BatchPlace.BatchesAsync(service.Client, "rests", atLeast: before.Count + 1);
        Assert.True(after.Max(batch => batch.For) - before.Max(batch => batch.For) > TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task A_schedule_is_run_at_once_also_while_it_rests_and_not_beside_its_own_batch()
    {
        await service.RegisterAsync("slow", BatchPlace.Slow);
        (
            await service.PostAsync("/api/schedules", Schedule("byhand", "0 0 3 1 1 ?", function: "slow", paused: true))
        ).Good(HttpStatusCode.Created);
        var run = await service.PostAsync("/api/schedules/byhand/run", "");
        var batch = run.Good(HttpStatusCode.Accepted);
        Assert.Equal($"/api/batches/{batch.GetProperty("id").GetString()}", run.Headers.Location!.ToString());
        Assert.Equal("byhand", batch.GetProperty("schedule").GetString());
        (await service.PostAsync("/api/schedules/byhand/run", "")).Problem(409, "conflict");
        await BatchPlace.UntilAsync(service.Client, "byhand", batches => batches.All(one => one.State == "completed"));
        var ran = (await service.PostAsync("/api/schedules/byhand/run", "")).Good(HttpStatusCode.Accepted);
        Assert.NotEqual(batch.GetProperty("id").GetString(), ran.GetProperty("id").GetString());
        (await service.PostAsync("/api/schedules/nobody/run", "")).Problem(404, "function_not_found");
    }

    [Fact]
    public async Task A_firing_whose_manifest_no_longer_holds_is_the_schedules_last_error_until_one_holds()
    {
        (await service.PostAsync("/api/schedules", Schedule("fragile", everySeconds: 1))).Good(HttpStatusCode.Created);
        await BatchPlace.BatchesAsync(service.Client, "fragile", atLeast: 1);
        place.Delete("in/a.npy");
        place.Delete("in/b.npy");
        await BatchPlace.ScheduleUntilAsync(
            service.Client,
            "fragile",
            s => Kind(s, "lastError") == JsonValueKind.Object
        );
        var error = (await service.GetAsync("/api/schedules/fragile")).Good().GetProperty("lastError");
        Assert.Equal("malformed_request", error.GetProperty("code").GetString());
        Assert.Contains("inputs.x.files", error.GetProperty("detail").GetString(), StringComparison.Ordinal);
        place.Write("in/a.npy");
        await BatchPlace.ScheduleUntilAsync(service.Client, "fragile", s => Kind(s, "lastError") == JsonValueKind.Null);
    }

    [Theory]
    [InlineData("""{"name":"a b","everySeconds":1}""", 400, "malformed_request", "name")]
    [InlineData("""{"everySeconds":1}""", 400, "malformed_request", "name")]
    [InlineData("""{"name":"a"}""", 400, "malformed_request", "cron")]
    [InlineData("""{"name":"a","cron":"0 0 3 * * ?","everySeconds":1}""", 400, "malformed_request", "cron")]
    [InlineData("""{"name":"a","everySeconds":0}""", 400, "malformed_request", "everySeconds")]
    [InlineData("""{"name":"a","everySeconds":"1"}""", 400, "malformed_request", "everySeconds")]
    [InlineData("""{"name":"a","cron":"0 3 * * *"}""", 400, "malformed_request", "cron")]
    [InlineData("""{"name":"a","cron":"0 0 3 * * ? 2100 1"}""", 400, "malformed_request", "cron")]
    [InlineData("""{"name":"a","cron":"0 0 25 * * ?"}""", 400, "malformed_request", "cron")]
    [InlineData("""{"name":"a","cron":"0 0 3 * * XYZ"}""", 400, "malformed_request", "cron")]
    [InlineData("""{"name":"a","cron":"0 0 3 31 2 ?"}""", 400, "malformed_request", "cron")]
    [InlineData("""{"name":"a","cron":"0 0 3 1 1 ? 2020"}""", 400, "malformed_request", "cron")]
    [InlineData("""{"name":"a","everySeconds":1,"timeZone":"Mars/Olympus"}""", 400, "malformed_request", "timeZone")]
    [InlineData("""{"name":"a","everySeconds":1,"misfire":"later"}""", 400, "malformed_request", "misfire")]
    [InlineData("""{"name":"a","everySeconds":1,"overlap":"FireOnce"}""", 400, "malformed_request", "overlap")]
    [InlineData("""{"name":"a","everySeconds":1,"paused":"no"}""", 400, "malformed_request", "paused")]
    [InlineData("""{"name":"a","everySeconds":1,"nextFireAt":null}""", 400, "malformed_request", "nextFireAt")]
    [InlineData("""{"name":"a","everySeconds":1,"folder":"/etc"}""", 403, "forbidden", "folder")]
    [InlineData("""{"name":"a","everySeconds":1,"manifest":3}""", 400, "malformed_request", "manifest")]
    [InlineData(
        """{"name":"a","everySeconds":1,"manifest":{"function":"nobody"}}""",
        400,
        "malformed_request",
        "inputs"
    )]
    public async Task A_bad_schedule_has_its_error_and_is_not_kept(string body, int status, string code, string path)
    {
        var asked = JsonNode.Parse(body)!.AsObject();
        if (!asked.ContainsKey("manifest"))
        {
            asked["manifest"] = BatchPlace.Manifest("double");
        }

        var problem = (await service.PostAsync("/api/schedules", asked.ToJsonString())).Problem(status, code);
        Assert.Equal(path, problem.GetProperty("path").GetString());
        Assert.Empty((await service.GetAsync("/api/schedules")).Good().GetProperty("schedules").EnumerateArray());
    }

    [Fact]
    public async Task Without_roots_schedules_are_off()
    {
        foreach (var path in (string[])["/api/schedules", "/api/schedules/a"])
        {
            (await fixture.Service.GetAsync(path)).Problem(403, "forbidden");
        }

        (await fixture.Service.PostAsync("/api/schedules", Schedule("a", everySeconds: 1))).Problem(403, "forbidden");
        (await fixture.Service.PostAsync("/api/schedules/a/run", "")).Problem(403, "forbidden");
    }

    private static JsonValueKind Kind(JsonElement schedule, string field) => schedule.GetProperty(field).ValueKind;

    private static string Schedule(
        string name,
        string? cron = null,
        string? zone = null,
        int? everySeconds = null,
        string function = "double",
        bool? paused = null
    ) => BatchPlace.Schedule(name, cron, zone, everySeconds, function, paused);

    private Task<RunningService> StartAsync(string schema) =>
        RunningService.StartAsync(
            fixture.Data,
            schema,
            ("Batches:Roots", place.Root),
            ("Batches:AtOnce", "4"),
            ("Engine:Threads", "1")
        );
}
