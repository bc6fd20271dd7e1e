using Torch2Jax.Client;

namespace Torch2Jax.Tool.Progress;

/// <summary>Shows how far a batch is. Reports come on other threads; after it is disposed of nothing more is shown.</summary>
internal abstract class ProgressDisplay : IProgress<BatchReport>, IDisposable
{
    private readonly Lock gate = new();
    private bool ended;

    public void Report(BatchReport value)
    {
        lock (gate)
        {
            if (!ended)
            {
                Show(value);
            }
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            if (ended)
            {
                return;
            }

            ended = true;
        }

        End();
    }

    protected abstract void Show(BatchReport report);

    protected virtual void End() { }
}

/// <summary>Shows nothing.</summary>
internal sealed class NoDisplay : ProgressDisplay
{
    protected override void Show(BatchReport report) { }
}
