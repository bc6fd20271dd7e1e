using System.Diagnostics;
using Npgsql;
using Torch2Jax.Registry.Embedded;
using Torch2Jax.WebApi.Tests.Support;
using Xunit.Abstractions;

namespace Torch2Jax.WebApi.Tests.Instances;

/// <summary>Three processes on one PostgreSQL, under load all the while.</summary>
[Collection(ServiceCollection.Name)]
public sealed class InstancesTests(ServiceFixture fixture, ITestOutputHelper output)
{
    private const string Name = "scale";

    [Fact]
    public async Task Instances_follow_each_other_and_one_that_is_killed_costs_no_wrong_answer()
    {
        var schema = ServiceFixture.NewSchema();
        var instances = await Task.WhenAll(
            Enumerable.Range(0, 3).Select(_ => ServiceProcess.StartAsync(fixture.Data, schema))
        );
        var version = 0;
        var slowest = TimeSpan.Zero;
        try
        {
            await RegisterAsync(instances[0], instances);
            await using var load = new ScaleLoad(Name, instances);
            for (var i = 0; i < 6; i++)
            {
                await RegisterAsync(instances[i % 3], instances);
            }

            await load.AnsweredAsync(instances, 100);
            load.Expect(instances[0]);
            instances[0].Kill();
            var left = instances[1..];
            for (var i = 0; i < 4; i++)
            {
                await RegisterAsync(left[i % 2], left);
            }

            await load.AnsweredAsync(left, 100);

            // Nothing that a cut listener missed may stay missed.
            Assert.InRange(await CutListenersAsync(), 2, 20);
            for (var i = 0; i < 4; i++)
            {
                await RegisterAsync(left[i % 2], left);
            }

            await load.AnsweredAsync(left, 100);
            output.WriteLine(
                $"{load.Good} right answers, the slowest instance followed after {slowest.TotalMilliseconds:0} ms"
            );
            Assert.Empty(load.Wrong);
        }
        finally
        {
            foreach (var instance in instances)
            {
                instance.Dispose();
            }
        }

        // A new version on one; all the others answer with it.
        async Task RegisterAsync(ServiceProcess on, ServiceProcess[] all)
        {
            version++;
            var source = $"def {Name}(x: Tensor) -> Tensor:\n    return x * {version}\n";
            using var content = new StringContent(Json.Registration(Name, source), null, "application/json");
            using var registered = await on.Client.PostAsync("/api/functions", content);
            Assert.True(registered.IsSuccessStatusCode, await registered.Content.ReadAsStringAsync());
            var since = Stopwatch.StartNew();
            await Task.WhenAll(all.Select(instance => ScaleLoad.UntilAsync(instance, Name, version)));
            slowest = since.Elapsed > slowest ? since.Elapsed : slowest;
        }
    }

    /// <summary>Ends every connection that listens, those of other tests' services too: they must bear it as well.</summary>
    private async Task<long> CutListenersAsync()
    {
        var server = (await EmbeddedPostgres.StatusAsync(fixture.Data, default)).Server!;
        var admin = new NpgsqlConnectionStringBuilder(server.ConnectionString)
        {
            Username = "postgres",
            Pooling = false,
        };
        await using var source = NpgsqlDataSource.Create(admin.ConnectionString);
        // A listener's last statement is its look at the counts; it holds the connection that waits for ever.
        await using var cut = source.CreateCommand(
            """
            SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
            WHERE usename = 'torch2jax' AND query LIKE '%key_changes%'
            """
        );
        return (long)(await cut.ExecuteScalarAsync())!;
    }
}
