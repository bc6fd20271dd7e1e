using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Torch2Jax.WebApi.Tests.Support;

namespace Torch2Jax.WebApi.Tests.Instances;

/// <summary>
/// Callers that go on until they are stopped: version n of the function multiplies by n, so that every answer tells by
/// itself whether it is right.
/// </summary>
internal sealed class ScaleLoad : IAsyncDisposable
{
    private const int CallersEach = 2;

    private readonly string name;
    private readonly CancellationTokenSource stop = new();
    private readonly ConcurrentDictionary<ServiceProcess, long> answered = new();
    private readonly ConcurrentDictionary<ServiceProcess, bool> dying = new();
    private readonly Task[] callers;

    public ScaleLoad(string name, IEnumerable<ServiceProcess> instances)
    {
        this.name = name;
        callers =
        [
            .. instances.SelectMany(instance =>
                Enumerable.Range(1, CallersEach).Select(seed => Task.Run(() => CallAsync(instance, seed)))
            ),
        ];
    }

    public ConcurrentBag<string> Wrong { get; } = [];

    public long Good => answered.Values.Sum();

    /// <summary>An instance that is about to be killed may fail to answer; it still may not answer wrongly.</summary>
    public void Expect(ServiceProcess end) => dying[end] = true;

    /// <summary>Waits until each of them has answered so many calls more.</summary>
    public async Task AnsweredAsync(ServiceProcess[] instances, int calls)
    {
        var goal = instances.ToDictionary(instance => instance, instance => Answered(instance) + calls);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (goal.Any(pair => Answered(pair.Key) < pair.Value))
        {
            Assert.Empty(Wrong);
            await Task.Delay(20, limit.Token);
        }
    }

    /// <summary>Asks until the instance answers with that version.</summary>
    public static async Task UntilAsync(ServiceProcess instance, string name, int version)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (await InvokeAsync(instance, name, 1, limit.Token) is var (_, _, seen) && seen != version)
        {
            await Task.Delay(5, limit.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await Task.WhenAll(callers);
        stop.Dispose();
    }

    private long Answered(ServiceProcess instance) => answered.GetValueOrDefault(instance);

    private async Task CallAsync(ServiceProcess instance, int seed)
    {
        var random = new Random(seed);
        var newest = 0;
        try
        {
            while (!stop.IsCancellationRequested)
            {
                var x = random.Next(1, 1000);
                var (status, result, version) = await InvokeAsync(instance, name, x, stop.Token);
                if (status != 200 || result != x * version || version < newest)
                {
                    Wrong.Add($"{status}: {x} became {result} by version {version} after {newest}");
                    return;
                }

                newest = version;
                answered.AddOrUpdate(instance, 1, static (_, count) => count + 1);
            }
        }
        catch (Exception error) when (error is HttpRequestException or OperationCanceledException or IOException)
        {
            if (!stop.IsCancellationRequested && !dying.ContainsKey(instance))
            {
                Wrong.Add($"an instance that was left alone did not answer: {error.Message}");
            }
        }
    }

    private static async Task<(int Status, float Result, int Version)> InvokeAsync(
        ServiceProcess instance,
        string name,
        int x,
        CancellationToken cancellationToken
    )
    {
        using var content = new StringContent(Json.Call(Json.Floats(x)), null, "application/json");
        using var answer = await instance.Client.PostAsync($"/api/functions/{name}/invoke", content, cancellationToken);
        var text = await answer.Content.ReadAsStringAsync(cancellationToken);
        if (!answer.IsSuccessStatusCode)
        {
            return ((int)answer.StatusCode, 0, 0);
        }

        var body = JsonDocument.Parse(text).RootElement;
        var reference = body.GetProperty("function").GetString()!;
        return (
            200,
            Json.Data(body.GetProperty("outputs"))[0],
            int.Parse(reference.AsSpan(name.Length + 1), CultureInfo.InvariantCulture)
        );
    }
}
