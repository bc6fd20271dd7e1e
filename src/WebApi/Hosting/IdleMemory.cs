namespace Torch2Jax.WebApi.Hosting;

/// <summary>
/// Gives the managed heap's free memory back to the system where little is allocated for a while: the collector alone keeps
/// what a busy time needed until the next one. (The engine does the same with libtorch's blocks.)
/// </summary>
internal sealed class IdleMemory : BackgroundService
{
    private const long LittleAllocated = 8 << 20;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval);
        var (allocated, wasBusy) = (0L, true);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                var now = GC.GetTotalAllocatedBytes();
                var isBusy = now - allocated > LittleAllocated;
                allocated = now;
                if (wasBusy && !isBusy)
                {
                    GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                }

                wasBusy = isBusy;
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The service stops.
        }
    }
}
