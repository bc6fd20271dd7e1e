using System.Diagnostics;
using Torch2Jax.WebApi.Tests.Support;
using Xunit.Abstractions;

namespace Torch2Jax.WebApi.Tests.Batches;

/// <summary>
/// Schedules over several instances, killed instances and restarts. T2J_SCHEDULE_SECONDS and T2J_SCHEDULE_EVERY make the
/// first one longer (120 and 5 are the two minutes that the product promises).
/// </summary>
[Collection(ServiceCollection.Name)]
public sealed class ScheduleClusterTests(ServiceFixture fixture, ITestOutputHelper output) : IDisposable
{
    private readonly BatchPlace place = new();
    private readonly string schema = ServiceFixture.NewSchema();

    public void Dispose() => place.Dispose();

    [Fact]
    public async Task Two_instances_of_which_one_is_killed_make_one_batch_of_each_firing()
    {
        var seconds = Setting.Number("T2J_SCHEDULE_SECONDS", 12);
        var every = Setting.Number("T2J_SCHEDULE_EVERY", 1);
        place.Write("in/a.npy");
        using var first = await StartAsync();
        using var second = await StartAsync();
        await BatchTests.PostAsync(first.Client, "/api/functions", Json.Registration("double", Json.Double));
        await AddAsync(first, "shared", every, overlap: "allow");

        await Task.Delay(TimeSpan.FromSeconds(seconds / 2.0));
        first.Kill();
        await Task.Delay(TimeSpan.FromSeconds(seconds / 2.0));
        var times = await TimesAsync(second.Client, "shared", every);
        output.WriteLine($"{times.Length} firings in {seconds} s, {times[0]:HH:mm:ss} to {times[^1]:HH:mm:ss}");
        Assert.True(times.Length >= (seconds / every) - 2, $"{times.Length} firings in {seconds} s");
    }

    [Fact]
    public async Task An_instance_that_stands_still_for_a_while_does_no_harm()
    {
        place.Write("in/a.npy");
        using var first = await StartAsync();
        using var second = await StartAsync();
        await BatchTests.PostAsync(first.Client, "/api/functions", Json.Registration("double", Json.Double));
        await AddAsync(first, "shared", everySeconds: 1, overlap: "allow");
        await BatchPlace.BatchesAsync(second.Client, "shared", atLeast: 2);
        // Longer than the others wait for it: they take over what it had in hand, and it still believes to have.
        await SignalAsync(first, "STOP");
        await Task.Delay(TimeSpan.FromSeconds(12));
        await SignalAsync(first, "CONT");
        await Task.Delay(TimeSpan.FromSeconds(3));
        Assert.True((await TimesAsync(second.Client, "shared", 1)).Length >= 12);
        Assert.False(first.HasExited);
    }

    [Fact]
    public async Task A_schedule_survives_a_restart_of_every_instance()
    {
        place.Write("in/a.npy");
        using (var first = await StartAsync())
        {
            await BatchTests.PostAsync(first.Client, "/api/functions", Json.Registration("double", Json.Double));
            await AddAsync(first, "kept", everySeconds: 1, overlap: "allow");
            await BatchPlace.BatchesAsync(first.Client, "kept", atLeast: 2);
            first.Kill();
        }

        using var second = await StartAsync();
        var before = await BatchPlace.ListAsync(second.Client, "kept");
        var after = await BatchPlace.BatchesAsync(second.Client, "kept", atLeast: before.Count + 3);
        Assert.Equal(after.Count, after.Select(batch => batch.For).Distinct().Count());
    }

    [Theory]
    [InlineData("fireOnce")]
    [InlineData("skip")]
    public async Task Times_that_nobody_could_fire_are_made_up_for_as_the_schedule_says(string misfire)
    {
        string[] patience = ["--Batches:MisfireAfterSeconds", "2"];
        place.Write("in/a.npy");
        DateTimeOffset last;
        using (var first = await StartAsync(patience))
        {
            await BatchTests.PostAsync(first.Client, "/api/functions", Json.Registration("double", Json.Double));
            await AddAsync(first, "missed", everySeconds: 6, overlap: "allow", misfire);
            last = (await BatchPlace.BatchesAsync(first.Client, "missed", atLeast: 1))[^1].For;
            first.Kill();
        }

        await Task.Delay(TimeSpan.FromSeconds(9));
        var started = DateTimeOffset.UtcNow;
        using var second = await StartAsync(patience);
        var all = await BatchPlace.UntilAsync(
            second.Client,
            "missed",
            batches => batches.Any(batch => batch.For > last && batch.State == "completed")
        );
        // What is made up for is for a time that had passed, or for none of the schedule's own.
        var next = all.First(batch => batch.For > last).For;
        var madeUp = next < started.AddSeconds(-2) || (next - last).Ticks % TimeSpan.FromSeconds(6).Ticks != 0;
        Assert.True(madeUp == (misfire == "fireOnce"), $"last {last:O}, down to {started:O}, next {next:O}");
    }

    /// <summary>The times of all batches that are due by now, once they are made: each of the schedule's, once, and none left out.</summary>
    private static async Task<DateTimeOffset[]> TimesAsync(HttpClient client, string schedule, int every)
    {
        var now = DateTimeOffset.UtcNow;
        // What a killed one had in hand is taken over first, and later times are made up for one by one.
        var all = await BatchPlace.UntilAsync(
            client,
            schedule,
            made => made.Count(batch => batch.For <= now && batch.State == "completed") >= Due(made[0].For, now, every)
        );
        var times = all.Where(batch => batch.For <= now).Select(batch => batch.For).ToArray();
        Assert.Equal(Enumerable.Range(0, Due(times[0], now, every)).Select(i => times[0].AddSeconds(i * every)), times);
        return times;
    }

    private static int Due(DateTimeOffset first, DateTimeOffset now, int every) =>
        1 + (int)((now - first).TotalSeconds / every);

    private static async Task SignalAsync(ServiceProcess service, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{service.Id}"]);
        await kill.WaitForExitAsync();
        Assert.Equal(0, kill.ExitCode);
    }

    private static Task<string> AddAsync(
        ServiceProcess service,
        string name,
        int everySeconds,
        string overlap,
        string? misfire = null
    ) =>
        BatchTests.PostAsync(
            service.Client,
            "/api/schedules",
            BatchPlace.Schedule(name, null, null, everySeconds, "double", misfire: misfire, overlap: overlap)
        );

    private Task<ServiceProcess> StartAsync(params string[] more) =>
        ServiceProcess.StartAsync(
            fixture.Data,
            schema,
            ["--Batches:Roots", place.Root, "--Batches:AtOnce", "4", "--Engine:Threads", "1", .. more]
        );
}
