namespace Torch2Jax.WebApi.Tests.Telemetry;

/// <summary>Waits for what comes about by itself.</summary>
internal static class Eventually
{
    public static async Task TrueAsync(Func<Task<bool>> holds)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (!await holds())
        {
            await Task.Delay(50, limit.Token);
        }
    }

    public static Task TrueAsync(Func<bool> holds) => TrueAsync(() => Task.FromResult(holds()));
}
