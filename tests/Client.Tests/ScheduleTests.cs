using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Torch2Jax.Batches;
using Torch2Jax.Client.Tests.Support;
using Torch2Jax.Errors;

namespace Torch2Jax.Client.Tests;

/// <summary>What is asked of a service about schedules, and how its answers are read.</summary>
public sealed class ScheduleTests
{
    private const string Nightly = """
        {"name":"nightly","cron":"0 30 2 * * ?","timeZone":"Europe/Berlin","misfire":"skip","overlap":"allow","folder":"digits","lastError":{"code":"conflict","detail":"there"},
         "manifest":{"function":"f"},"paused":false,"nextFireAt":"2026-11-24T01:30:00Z","previousFireAt":null,
         "lastBatch":{"id":"3f1c9a52-6f0e-4d3c-9a55-0d8f1c1b2a3e","state":"failed"}}
        """;

    private const string Manifest =
        """{"function":"f","args":[{"$input":"x"}],"inputs":{"x":{"files":"*.npy"}},"output":{"files":"o/{stem}.npy"}}""";

    [Fact]
    public async Task A_schedule_is_added_as_the_service_has_it()
    {
        var (asked, added) = await AskAsync(
            201,
            Nightly,
            schedules =>
                schedules.Add(
                    new NewSchedule("nightly", "// a comment\n" + Manifest)
                    {
                        Cron = "0 30 2 * * ?",
                        TimeZone = "Europe/Berlin",
                        Misfire = MisfirePolicy.Skip,
                        AllowOverlap = true,
                        Folder = "digits",
                        Paused = true,
                    }
                )
        );
        Assert.Equal("POST /api/schedules", asked.What);
        var expected = JsonNode.Parse(
            $$"""
            {"name":"nightly","cron":"0 30 2 * * ?","timeZone":"Europe/Berlin","misfire":"skip","overlap":"allow","folder":"digits",
             "manifest":{{Manifest}},"paused":true}
            """
        );
        Assert.True(JsonNode.DeepEquals(expected, JsonNode.Parse(asked.Body)), asked.Body);
        Assert.Equal(
            new Schedule(
                "nightly",
                "0 30 2 * * ?",
                null,
                "Europe/Berlin",
                MisfirePolicy.Skip,
                "digits",
                """{"function":"f"}""",
                false,
                new DateTimeOffset(2026, 11, 24, 1, 30, 0, TimeSpan.Zero),
                null,
                new Guid("3f1c9a52-6f0e-4d3c-9a55-0d8f1c1b2a3e"),
                BatchState.Failed
            )
            {
                AllowOverlap = true,
                LastError = new ChunkError(ErrorCode.Conflict, "there"),
            },
            added
        );
        Assert.Equal("0 30 2 * * ? Europe/Berlin", added.When);
    }

    [Fact]
    public async Task Every_so_many_seconds_has_no_time_zone()
    {
        var every = """{"name":"e","everySeconds":5,"manifest":{},"paused":true,"nextFireAt":null}""";
        var (asked, added) = await AskAsync(
            201,
            every,
            schedules => schedules.Add(new NewSchedule("e", Manifest) { EverySeconds = 5 })
        );
        var body = JsonNode.Parse(asked.Body)!;
        Assert.Equal(5, (int)body["everySeconds"]!);
        Assert.Equal(
            ["everySeconds", "manifest", "misfire", "name", "overlap"],
            body.AsObject().Select(p => p.Key).Order()
        );
        Assert.Equal(
            ("every 5 s", MisfirePolicy.FireOnce, true, null),
            (added.When, added.Misfire, added.Paused, added.NextFireAt)
        );
    }

    [Fact]
    public async Task Schedules_are_listed_shown_and_removed()
    {
        var (asked, listed) = await AskAsync(200, $$"""{"schedules":[{{Nightly}}]}""", schedules => schedules.List());
        Assert.Equal(("GET /api/schedules", "nightly"), (asked.What, Assert.Single(listed).Name));

        (asked, var shown) = await AskAsync(200, Nightly, schedules => schedules.Get("nightly"));
        Assert.Equal(("GET /api/schedules/nightly", "nightly"), (asked.What, shown.Name));

        (asked, _) = await AskAsync(
            204,
            "",
            schedules =>
            {
                schedules.Remove("a/b");
                return true;
            }
        );
        Assert.Equal("DELETE /api/schedules/a%2Fb", asked.What);
    }

    [Fact]
    public async Task A_schedule_is_paused_resumed_and_run_at_once()
    {
        var (asked, paused) = await AskAsync(200, Nightly, schedules => schedules.Pause("nightly"));
        Assert.Equal(("GET /api/schedules/nightly", "nightly"), (asked.What, paused.Name));
        Assert.Equal("POST /api/schedules/nightly/pause", asked.Before);

        (asked, _) = await AskAsync(200, Nightly, schedules => schedules.Resume("nightly"));
        Assert.Equal("POST /api/schedules/nightly/resume", asked.Before);

        var batch = """
            {"id":"3f1c9a52-6f0e-4d3c-9a55-0d8f1c1b2a3e","name":"f","function":"f@1","state":"available","error":null,
             "chunks":{"total":3,"available":3,"running":0,"completed":0,"retryable":0,"discarded":0},"threads":1,"seed":7,
             "createdAt":"2026-11-24T01:30:00Z","finalizedAt":null,"schedule":"nightly","scheduledAt":"2026-11-24T01:30:00Z"}
            """;
        (asked, var made) = await AskAsync(202, batch, schedules => schedules.Run("nightly"));
        Assert.Equal("POST /api/schedules/nightly/run", asked.What);
        Assert.Equal(
            ("nightly", new DateTimeOffset(2026, 11, 24, 1, 30, 0, TimeSpan.Zero), 3),
            (made.Schedule, made.ScheduledAt, made.Chunks.Open)
        );
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    public async Task A_name_that_is_no_name_is_asked_of_nobody(string name)
    {
        await using var server = await StubServer.StartAsync(_ => throw new InvalidOperationException("asked"));
        using var session = RemoteSession.Open(server.Address);
        var error = Assert.Throws<EngineException>(() => session.Schedules!.Remove(name));
        Assert.Equal(ErrorCode.MalformedRequest, error.Code);
    }

    [Fact]
    public async Task What_is_no_schedule_did_not_come_from_a_service()
    {
        var error = await Assert.ThrowsAsync<SessionException>(() =>
            AskAsync(200, """{"name":"x"}""", schedules => schedules.Get("x"))
        );
        Assert.Equal(SessionFailure.UnexpectedAnswer, error.Failure);
    }

    private static async Task<((string What, string? Before, string Body) Asked, T Answer)> AskAsync<T>(
        int status,
        string answer,
        Func<ISchedules, T> ask
    )
    {
        var asked = new List<(string What, string Body)>();
        await using var server = await StubServer.StartAsync(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var raw = context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget;
            asked.Add(($"{context.Request.Method} {raw}", await reader.ReadToEndAsync()));
            context.Response.StatusCode = status;
            if (answer.Length > 0)
            {
                await context.Response.WriteAsync(answer);
            }
        });
        using var session = RemoteSession.Open(server.Address);
        var result = await Task.Run(() => ask(session.Schedules!));
        return ((asked[^1].What, asked.Count > 1 ? asked[^2].What : null, asked[^1].Body), result);
    }
}
