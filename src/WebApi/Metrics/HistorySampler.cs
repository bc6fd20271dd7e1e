using System.Diagnostics;
using Torch2Jax.WebApi.Hosting;

namespace Torch2Jax.WebApi.Metrics;

/// <summary>Takes a tick of the history every two seconds.</summary>
internal sealed class HistorySampler(CallHistory history) : PeriodicService(Step)
{
    public static readonly TimeSpan Step = TimeSpan.FromSeconds(2);

    private long last = Stopwatch.GetTimestamp();

    protected override void Tick()
    {
        var now = Stopwatch.GetTimestamp();
        history.Take(Stopwatch.GetElapsedTime(last, now).TotalSeconds);
        last = now;
    }
}
