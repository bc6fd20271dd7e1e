using Torch2Jax.Native;

namespace Torch2Jax.Torch;

/// <summary>Gives libtorch's cached blocks back to the system where nothing ran for a while.</summary>
internal sealed unsafe class IdleTrim : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    private readonly Timer timer;
    private long lastRuns = -1;

    public IdleTrim() => timer = new Timer(_ => TrimWhereIdle(), null, Interval, Interval);

    public void Dispose() => timer.Dispose();

    private void TrimWhereIdle()
    {
        CountersRecord counters;
        NativeMethods.ReadCounters(&counters);
        if (counters.FunctionRuns == lastRuns && counters.CachedBytes > 0)
        {
            NativeMethods.Trim();
        }
        lastRuns = counters.FunctionRuns;
    }
}
