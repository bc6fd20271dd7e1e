namespace Torch2Jax.WebApi.Hosting;

/// <summary>
/// Gives the managed heap's free memory back to the system where little is allocated for a while: the collector alone keeps
/// what a busy time needed until the next one. (The engine does the same with libtorch's blocks.)
/// </summary>
internal sealed class IdleMemory() : PeriodicService(TimeSpan.FromSeconds(15))
{
    private const long LittleAllocated = 8 << 20;

    private long allocated;
    private bool wasBusy = true;

    protected override void Tick()
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
