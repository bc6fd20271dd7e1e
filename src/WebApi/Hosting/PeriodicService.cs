namespace Torch2Jax.WebApi.Hosting;

/// <summary>Does something short again and again, from a time after the start until the service stops.</summary>
internal abstract class PeriodicService(TimeSpan interval) : BackgroundService
{
    protected abstract void Tick();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(interval);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                Tick();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The service stops.
        }
    }
}
