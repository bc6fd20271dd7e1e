using Torch2Jax.Errors;
using Torch2Jax.Native;

namespace Torch2Jax.Isolation;

/// <summary>
/// The thread that keeps a template alive and hears of its workers. A template that ends is started again, after a pause
/// that grows while it does not get ready.
/// </summary>
internal sealed class TemplateLoop : IDisposable
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly Lock gate = new();
    private readonly WorkerPool pool;
    private readonly IsolationOptions options;
    private readonly long maxBytes;
    private readonly Thread thread;
    private readonly ManualResetEventSlim closing = new();
    private readonly Timer refill;
    private TemplateProcess? template;
    private bool isReady;
    private long started;

    public TemplateLoop(WorkerPool pool, IsolationOptions options, long maxBytes)
    {
        this.pool = pool;
        this.options = options;
        this.maxBytes = maxBytes;
        refill = new Timer(_ => Refill());
        thread = new Thread(Run) { IsBackground = true, Name = "torch2jax workers" };
        thread.Start();
    }

    /// <summary>Why there are no workers; null where there are, or will be.</summary>
    public string? Failure { get; private set; }

    /// <summary>Workers started so far.</summary>
    public long Started => Interlocked.Read(ref started);

    /// <summary>What the template could do to protect its workers.</summary>
    public int Protections { get; private set; }

    public void Kill(Worker worker)
    {
        lock (gate)
        {
            template?.Kill(worker);
        }
    }

    public void Dispose()
    {
        closing.Set();
        lock (gate)
        {
            template?.Close();
        }
        thread.Join();
        refill.Dispose();
        closing.Dispose();
    }

    private void Run()
    {
        for (int failures = 0; !closing.IsSet; failures++)
        {
            try
            {
                failures = RunTemplate() ? 0 : failures;
            }
            catch (EngineException error)
            {
                Failure = error.Message;
            }
            closing.Wait(Pause(failures));
        }
    }

    /// <summary>True where the template got ready before it ended.</summary>
    private bool RunTemplate()
    {
        TemplateProcess process = TemplateProcess.Start(options, maxBytes, pool.Inputs);
        using (process)
        {
            lock (gate)
            {
                template = process;
                if (closing.IsSet)
                {
                    process.Close();
                }
            }
            bool wasReady = false;
            for (EventRecord next = process.Wait(); ; next = process.Wait())
            {
                switch ((EventKind)next.Kind)
                {
                    case EventKind.Ready:
                        wasReady = true;
                        Protections = next.Protections;
                        Failure = null;
                        isReady = true;
                        Refill();
                        break;
                    case EventKind.Started:
                        Interlocked.Increment(ref started);
                        pool.Started(next.Worker, next.Pid);
                        break;
                    case EventKind.Ended:
                        pool.Ended(next.Worker, next.Status);
                        Refill();
                        break;
                    default:
                        EndAll(process, next.Status, wasReady);
                        return wasReady;
                }
            }
        }
    }

    private void EndAll(TemplateProcess process, int status, bool wasReady)
    {
        lock (gate)
        {
            isReady = false;
            template = null;
        }
        if (!wasReady)
        {
            string said = process.Errors();
            Failure =
                $"torch2jax-worker ended with {WorkerEnd.Describe(status)}" + (said.Length > 0 ? $": {said}" : ".");
        }
        pool.AllEnded(WorkerEnd.Kill);
    }

    // Starts what is missing, now or when the budget allows it.
    private void Refill()
    {
        lock (gate)
        {
            if (!isReady || template is null || closing.IsSet)
            {
                return;
            }
            try
            {
                IReadOnlyList<Worker> missing = pool.Missing(out TimeSpan wait);
                foreach (Worker worker in missing)
                {
                    template.Fork(worker);
                }
                if (wait > TimeSpan.Zero)
                {
                    refill.Change(wait, Timeout.InfiniteTimeSpan);
                }
            }
            catch (EngineException error)
            {
                Failure = error.Message;
            }
        }
    }

    private static TimeSpan Pause(int failures) =>
        TimeSpan.FromMilliseconds(Math.Min(LongestPause.TotalMilliseconds, 20 * Math.Pow(2, Math.Min(failures, 10))));
}
