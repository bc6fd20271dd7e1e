using System.Diagnostics.CodeAnalysis;
using Torch2Jax.Errors;

namespace Torch2Jax.WebApi.Admission;

/// <summary>
/// One call on its way through the queue. It runs on a pool thread; where it outlives its deadline the caller is told at
/// once, and the run, which libtorch cannot interrupt, is counted as stuck until it ends.
/// </summary>
[SuppressMessage(
    "Reliability",
    "CA1001",
    Justification = "The timer is disposed of when the call ends, however it ends."
)]
internal abstract class AdmittedCall : IThreadPoolWorkItem
{
    private const int Waiting = 0;
    private const int Running = 1;
    private const int Ended = 2;

    private readonly DeviceQueue queue;
    private readonly int deadlineMs;
    private Timer? timer;
    private int state;
    private bool slotReturned;

    protected AdmittedCall(DeviceQueue queue, int deadlineMs)
    {
        this.queue = queue;
        this.deadlineMs = deadlineMs;
    }

    /// <summary>The place in the queue while the call waits; the queue's own.</summary>
    internal LinkedListNode<AdmittedCall>? Place { get; set; }

    /// <summary>Tells the caller of a call that runs on its own thread, and so cannot be told by a result.</summary>
    internal Func<EngineException, Task>? Late { get; init; }

    /// <summary>Whether the thread that asked for the call runs it.</summary>
    internal bool RunsInline { get; set; }

    internal void StartClock() =>
        timer = new Timer(static call => ((AdmittedCall)call!).Expire(), this, deadlineMs, Timeout.Infinite);

    /// <summary>Ends a call that still waits, because its client left.</summary>
    internal void Leave(CancellationToken aborted)
    {
        if (Interlocked.CompareExchange(ref state, Ended, Waiting) == Waiting)
        {
            queue.Remove(this);
            timer?.Dispose();
            Discard();
            Cancel(aborted);
        }
    }

    public void Execute()
    {
        if (Interlocked.CompareExchange(ref state, Running, Waiting) != Waiting)
        {
            queue.Release();
            return;
        }

        Work();
        timer?.Dispose();
        if (Interlocked.CompareExchange(ref state, Ended, Running) == Running)
        {
            queue.Release();
            Deliver();
        }
        else
        {
            queue.EndStuck(slotReturned);
            DropResult();
        }
    }

    /// <summary>Runs and keeps result or failure; never throws.</summary>
    protected abstract void Work();

    /// <summary>Gives what <see cref="Work"/> kept to the caller.</summary>
    protected abstract void Deliver();

    /// <summary>Frees what <see cref="Work"/> kept: nobody waits for it any more.</summary>
    protected abstract void DropResult();

    /// <summary>Frees the arguments of a call that never ran.</summary>
    protected abstract void Discard();

    protected abstract void Fail(Exception error);

    protected abstract void Cancel(CancellationToken token);

    private void Expire()
    {
        var text = $"The call did not end within {deadlineMs} ms.";
        if (Interlocked.CompareExchange(ref state, Ended, Waiting) == Waiting)
        {
            queue.Remove(this);
            Discard();
            Fail(new EngineException(ErrorCode.DeadlineExceeded, text + " It was still waiting for its turn."));
            return;
        }

        // The slot goes back before the state changes hands, so that the runner reads a settled slotReturned.
        if (Volatile.Read(ref state) != Running)
        {
            return;
        }

        var returns = queue.BeginStuck();
        slotReturned = returns;
        if (Interlocked.CompareExchange(ref state, Ended, Running) != Running)
        {
            queue.UndoStuck(returns);
            return;
        }

        if (returns)
        {
            queue.Release();
        }

        var error = new EngineException(ErrorCode.DeadlineExceeded, text);
        if (RunsInline)
        {
            _ = TellAsync(error);
        }
        else
        {
            Fail(error);
        }
    }

    // The caller's thread is in the run; when it comes out it waits until this is done.
    private async Task TellAsync(EngineException error)
    {
        try
        {
            await Late!(error);
        }
        finally
        {
            Fail(error);
        }
    }
}
