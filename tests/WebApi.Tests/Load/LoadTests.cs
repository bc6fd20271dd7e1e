using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Torch2Jax.Registry.Embedded;
using Torch2Jax.WebApi.Tests.Support;
using Xunit.Abstractions;

namespace Torch2Jax.WebApi.Tests.Load;

/// <summary>
/// A service process under mixed load, whose database is stopped for a while in the middle. T2J_LOAD_SECONDS and
/// T2J_LOAD_SEED choose other runs.
/// </summary>
[Collection(ServiceCollection.Name)]
public sealed class LoadTests(ITestOutputHelper output)
{
    private const int Clients = 32;

    [Fact]
    public async Task A_minute_of_mixed_load_gives_no_wrong_answer_and_leaves_nothing_behind()
    {
        var seed = Setting.Number("T2J_LOAD_SEED", Random.Shared.Next());
        var length = TimeSpan.FromSeconds(Setting.Number("T2J_LOAD_SECONDS", 60));
        output.WriteLine($"T2J_LOAD_SEED={seed} T2J_LOAD_SECONDS={length.TotalSeconds}");
        using var folder = new ShortFolder();
        var server = await EmbeddedPostgres.StartAsync(folder.Path, null, CancellationToken.None);
        using var service = await ServiceProcess.StartAsync(
            folder.Path,
            "load",
            "--TORCH2JAX_DATABASE",
            server.ConnectionString,
            "--Admission:MaxStuck",
            "1000"
        );
        foreach (var (name, source) in MixedCaller.Functions)
        {
            await RegisterAsync(service, name, source);
        }

        var before = await HeldThings.ReadAsync(service);
        var results = new LoadResults();
        using var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = Clients })
        {
            BaseAddress = service.Client.BaseAddress,
        };
        using var stop = new CancellationTokenSource();
        var callers = Enumerable
            .Range(0, Clients)
            .Select(number => Task.Run(() => new MixedCaller(client, number, seed, results).RunAsync(stop.Token)))
            .ToArray();

        await Task.Delay(length / 3);
        await EmbeddedPostgres.StopAsync(folder.Path, CancellationToken.None);
        var (known, refused) = (results.GoodCount, Unavailable(results));
        await Task.Delay(length / 6);
        Assert.True(results.GoodCount > known, "known functions no longer answer while the database is away");
        await EmbeddedPostgres.StartAsync(folder.Path, null, CancellationToken.None);
        Assert.True(Unavailable(results) > refused, "nothing was refused while the database was away");
        var registered = results.RegisteredCount;
        var half = Resident(service);
        await Task.Delay(length / 2);
        var end = Resident(service);
        await stop.CancelAsync();
        await Task.WhenAll(callers);

        output.WriteLine($"{results}; resident {half >> 20} MiB at half, {end >> 20} MiB at the end");
        Assert.True(results.Wrong.IsEmpty, string.Join('\n', results.Wrong.Take(20)));
        Assert.True(results.RegisteredCount > registered, "nothing could be registered after the database came back");
        Assert.InRange(end, 0, (half * 5 / 4) + (64L << 20));
        await HeldThings.ExpectAsync(service, before);
        await RegisterAsync(service, "afterwards", Json.Double);
    }

    private static int Unavailable(LoadResults results) =>
        results.Others.GetValueOrDefault(HttpStatusCode.ServiceUnavailable);

    private static long Resident(ServiceProcess service)
    {
        var line = File.ReadLines($"/proc/{service.Id}/status")
            .Single(text => text.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture)
            << 10;
    }

    private static async Task RegisterAsync(ServiceProcess service, string name, string source)
    {
        using var content = new StringContent(
            Json.Registration(name, source),
            MediaTypeHeaderValue.Parse("application/json")
        );
        using var answer = await service.Client.PostAsync("/api/functions", content);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }
}
