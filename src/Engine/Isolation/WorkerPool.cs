using Torch2Jax.Errors;
using Torch2Jax.Native;

namespace Torch2Jax.Isolation;

/// <summary>
/// The workers: so many run calls at once, one call each, and one more stands by for the next that ends. What ends is
/// replaced, within a bound a second.
/// </summary>
internal sealed class WorkerPool : IDisposable
{
    private readonly Lock starting = new();
    private readonly object gate = new();
    private readonly IsolationOptions options;
    private readonly RestartBudget budget;
    private readonly List<Worker> idle = [];
    private readonly Dictionary<long, Worker> workers = [];
    private TemplateLoop? loop;
    private int leased;
    private int waiting;
    private long lastId;
    private bool closed;

    public WorkerPool(IsolationOptions options, TimeProvider time)
    {
        this.options = options;
        budget = new RestartBudget(options.Restarts, time);
        MaxBytes =
            options.MaxBytes > 0 ? options.MaxBytes : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2 & ~0xFFFFL;
    }

    /// <summary>What workers read and cannot write; there from the start of the pool on.</summary>
    public SharedInputs Inputs { get; private set; } = null!;

    /// <summary>Bytes of arrays that a worker may hold.</summary>
    public long MaxBytes { get; }

    /// <summary>Called on a new worker that nobody waits for, before it is put among the others.</summary>
    public Action<Worker>? WarmUp { get; set; }

    /// <summary>What the pool does now.</summary>
    public WorkerPoolState State
    {
        get
        {
            lock (gate)
            {
                return new WorkerPoolState(
                    loop is not null,
                    workers.Values.Count(worker => worker.Pid != 0),
                    leased,
                    loop?.Started ?? 0,
                    loop?.Failure
                );
            }
        }
    }

    /// <summary>Every worker that runs.</summary>
    public IReadOnlyList<Worker> Workers
    {
        get
        {
            lock (gate)
            {
                return [.. workers.Values];
            }
        }
    }

    /// <summary>Begins to start workers, where that has not been done.</summary>
    public void Start()
    {
        lock (starting)
        {
            ObjectDisposedException.ThrowIf(closed, this);
            Inputs ??= SharedInputs.Use();
            loop ??= new TemplateLoop(this, options, MaxBytes);
        }
    }

    /// <summary>Takes a worker for one call, one that knows a handle where there is one; waits for it.</summary>
    /// <param name="handle">What it had better know.</param>
    /// <param name="until">When to give up, as <see cref="Environment.TickCount64"/>.</param>
    /// <exception cref="EngineException">DeadlineExceeded, or NotReady where workers cannot be started.</exception>
    public Worker Lease(long handle, long until)
    {
        Start();
        long startBy = Environment.TickCount64 + (long)options.StartTime.TotalMilliseconds;
        lock (gate)
        {
            waiting++;
            try
            {
                while (leased >= options.Workers || idle.Count == 0)
                {
                    ObjectDisposedException.ThrowIf(closed, this);
                    long now = Environment.TickCount64;
                    if (now >= until)
                    {
                        throw new EngineException(
                            ErrorCode.DeadlineExceeded,
                            "The call did not end in time. It was still waiting for a worker process."
                        );
                    }
                    if (workers.Count == 0 && (now >= startBy || loop?.Failure is not null))
                    {
                        throw new EngineException(
                            ErrorCode.NotReady,
                            $"The pool of worker processes cannot start: {loop?.Failure ?? "it takes too long."}"
                        );
                    }
                    Monitor.Wait(gate, (int)Math.Min(Math.Min(until, Math.Max(startBy, now + 100)) - now, 1000));
                }
            }
            finally
            {
                waiting--;
            }
            leased++;
            int at = idle.FindLastIndex(worker => worker.Knows(handle));
            at = at < 0 ? idle.Count - 1 : at;
            return TakeOut(at);
        }
    }

    /// <summary>Takes a worker that has nothing to do; null where there is none.</summary>
    public Worker? TryLeaseIdle(Func<Worker, bool> which)
    {
        lock (gate)
        {
            int at = leased < options.Workers ? idle.FindIndex(worker => which(worker)) : -1;
            if (at < 0)
            {
                return null;
            }
            leased++;
            return TakeOut(at);
        }
    }

    /// <summary>Gives a worker back; one that is of no more use is ended and replaced.</summary>
    public void Return(Worker worker, bool isUsable)
    {
        lock (gate)
        {
            leased--;
            worker.IsLeased = false;
            if (worker.HasEnded)
            {
                worker.Dispose();
            }
            else if (isUsable)
            {
                idle.Add(worker);
            }
            Monitor.Pulse(gate);
        }
        if (!isUsable)
        {
            loop?.Kill(worker);
        }
    }

    public void Dispose()
    {
        lock (starting)
        {
            lock (gate)
            {
                closed = true;
                Monitor.PulseAll(gate);
            }
            loop?.Dispose();
        }
    }

    /// <summary>Workers that are to be started now; none where the budget is spent, and how long until it is not.</summary>
    internal IReadOnlyList<Worker> Missing(out TimeSpan wait)
    {
        wait = TimeSpan.Zero;
        List<Worker> made = [];
        lock (gate)
        {
            while (!closed && workers.Count < options.Workers + 1)
            {
                wait = budget.Take();
                if (wait > TimeSpan.Zero)
                {
                    break;
                }
                long bytes = Region.Arena + MaxBytes;
                var worker = new Worker(++lastId, SharedHandle.Create(bytes), bytes);
                workers.Add(worker.Id, worker);
                made.Add(worker);
            }
        }
        return made;
    }

    internal void Started(long id, int pid)
    {
        Worker? worker;
        bool isWanted;
        lock (gate)
        {
            if (!workers.TryGetValue(id, out worker))
            {
                return;
            }
            worker.Pid = pid;
            isWanted = (waiting > 0 && idle.Count == 0) || WarmUp is null;
            worker.IsLeased = !isWanted; // for the time of its warm-up
        }
        if (isWanted)
        {
            Add(worker);
        }
        else
        {
            ThreadPool.UnsafeQueueUserWorkItem(WarmUpAndAdd, worker, preferLocal: false);
        }
    }

    internal void Ended(long id, int status)
    {
        Worker? worker;
        lock (gate)
        {
            if (!workers.Remove(id, out worker))
            {
                return;
            }
            idle.Remove(worker);
            worker.End(status);
            if (!worker.IsLeased)
            {
                worker.Dispose();
            }
            Monitor.PulseAll(gate);
        }
    }

    internal void AllEnded(int status)
    {
        foreach (Worker worker in Workers)
        {
            Ended(worker.Id, status);
        }
    }

    private Worker TakeOut(int at)
    {
        Worker found = idle[at];
        idle.RemoveAt(at);
        found.IsLeased = true;
        return found;
    }

    private void WarmUpAndAdd(Worker worker)
    {
        try
        {
            WarmUp?.Invoke(worker);
        }
        catch (EngineException)
        {
            // It is made at its first use, where its error has a caller.
        }
        Add(worker);
    }

    private void Add(Worker worker)
    {
        lock (gate)
        {
            worker.IsLeased = false;
            if (worker.HasEnded)
            {
                worker.Dispose();
                return;
            }
            idle.Add(worker);
            Monitor.PulseAll(gate);
        }
    }
}

/// <summary>What a pool of workers does.</summary>
/// <param name="IsStarted">Whether somebody asked for it.</param>
/// <param name="Running">Worker processes.</param>
/// <param name="Busy">How many of them run a call.</param>
/// <param name="Started">How many were started since the pool was made.</param>
/// <param name="Failure">Why workers cannot be started; null where they can.</param>
public sealed record WorkerPoolState(bool IsStarted, int Running, int Busy, long Started, string? Failure);
