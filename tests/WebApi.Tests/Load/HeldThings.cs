using Torch2Jax.WebApi.Tests.Support;

namespace Torch2Jax.WebApi.Tests.Load;

/// <summary>What requests hold while they are answered, as the service's own gauges tell it.</summary>
internal static class HeldThings
{
    private static readonly string[] Names =
    [
        "torch2jax_tensors",
        "torch2jax_arrays",
        "torch2jax_http_bodies_bytes",
        "torch2jax_calls_stuck",
        "torch2jax_http_requests_running",
    ];

    public static async Task<Dictionary<string, string>> ReadAsync(ServiceProcess service)
    {
        var lines = (await service.Client.GetStringAsync("/metrics")).Split('\n');
        return Names.ToDictionary(
            name => name,
            name => lines.Single(line => line.StartsWith(name + " ", StringComparison.Ordinal))
        );
    }

    /// <summary>Waits until everything is as it was before.</summary>
    public static async Task ExpectAsync(ServiceProcess service, Dictionary<string, string> before)
    {
        var limit = DateTime.UtcNow.AddSeconds(60);
        var now = await ReadAsync(service);
        while (!now.SequenceEqual(before) && DateTime.UtcNow < limit)
        {
            await Task.Delay(200);
            now = await ReadAsync(service);
        }

        Assert.Equal(before, now);
    }
}
