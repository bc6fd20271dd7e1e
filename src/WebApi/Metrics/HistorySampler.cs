using System.Diagnostics;

namespace Torch2Jax.WebApi.Metrics;

/// <summary>Takes a tick of the history every two seconds.</summary>
internal sealed class HistorySampler(CallHistory history) : BackgroundService
{
    public static readonly TimeSpan Step = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Step);
        var last = Stopwatch.GetTimestamp();
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                var now = Stopwatch.GetTimestamp();
                history.Take(Stopwatch.GetElapsedTime(last, now).TotalSeconds);
                last = now;
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The service stops.
        }
    }
}
