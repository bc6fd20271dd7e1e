using Torch2Jax.Native;

namespace Torch2Jax.Torch;

/// <summary>Gives libtorch's free memory back to the system where nothing ran for a while.</summary>
internal sealed unsafe class IdleTrim : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    private readonly Timer timer;
    private long lastRuns;
    private bool isTrimmed;

    public IdleTrim() => timer = new Timer(_ => TrimWhereIdle(), null, Interval, Interval);

    public void Dispose() => timer.Dispose();

    private void TrimWhereIdle()
    {
        CountersRecord counters;
        NativeMethods.ReadCounters(&counters);
        if (counters.FunctionRuns != lastRuns)
        {
            lastRuns = counters.FunctionRuns;
            isTrimmed = false;
        }
        else if (!isTrimmed)
        {
            NativeMethods.Trim();
            isTrimmed = true;
        }
    }
}
