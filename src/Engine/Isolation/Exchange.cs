using Torch2Jax.Errors;
using Torch2Jax.Native;

namespace Torch2Jax.Isolation;

/// <summary>Something to be done with a worker of one's own.</summary>
/// <typeparam name="T">What comes out.</typeparam>
internal interface IWorkerTask<T>
{
    /// <summary>Sends requests; called a second time, with another worker, where the first was ended from outside.</summary>
    /// <param name="worker">The worker.</param>
    /// <param name="until">When the time is up, as <see cref="Environment.TickCount64"/>.</param>
    T Run(Worker worker, long until);
}

/// <summary>Requests to workers: on a leased one, within a time, and once more where it was ended from outside.</summary>
internal sealed unsafe class Exchange(IsolatedTorchBackend backend, WorkerPool pool)
{
    private const int RestMs = 10_000;

    // Loops look at the time themselves; a worker that answers in time need not be replaced.
    private const int GraceMs = 25;

    // What the native library says where a loop found its deadline over (call_state.cpp).
    private const string LoopIsLate = "the function's loop did not end within the time";

    private long lastHandle;

    public SharedInputs Inputs => pool.Inputs;

    public int CompileMs => (int)backend.Options.CompileTime.TotalMilliseconds;

    /// <summary>A number that nothing else in any worker has.</summary>
    public long NewHandle() => Interlocked.Increment(ref lastHandle);

    /// <summary>Does a task with a worker.</summary>
    /// <param name="task">The task.</param>
    /// <param name="handle">What the worker had better know.</param>
    /// <param name="timeoutMs">How long it may take, waiting for a worker included; 0 for ever.</param>
    /// <param name="mayRepeat">Whether a second run gives the same.</param>
    /// <exception cref="EngineException">What the task threw, CrashException, DeadlineExceeded or NotReady.</exception>
    public T With<TTask, T>(ref TTask task, long handle, int timeoutMs, bool mayRepeat)
        where TTask : IWorkerTask<T>, allows ref struct
    {
        long until = timeoutMs > 0 ? Environment.TickCount64 + timeoutMs : long.MaxValue;
        for (int attempt = 0; ; attempt++)
        {
            Worker worker = pool.Lease(handle, until);
            bool isUsable = false;
            try
            {
                T result = task.Run(worker, until);
                isUsable = true;
                return result;
            }
            catch (WorkerEndedException) when (worker.WasKilled && mayRepeat && attempt == 0)
            {
                // Nothing of the first attempt is left: the second is as good.
            }
            catch (WorkerEndedException)
            {
                throw Ended(worker, mayRepeat);
            }
            catch (EngineException) when (!worker.IsLate)
            {
                isUsable = true;
                throw;
            }
            finally
            {
                pool.Return(worker, isUsable);
            }
        }
    }

    /// <summary>Sends the request that was written, and waits for its answer.</summary>
    /// <returns>What follows the status.</returns>
    /// <exception cref="EngineException">What the worker reported, or DeadlineExceeded.</exception>
    /// <exception cref="WorkerEndedException">The worker ended.</exception>
    public AnswerReader Send(Worker worker, long until)
    {
        long left = until == long.MaxValue ? 0 : Math.Clamp(until - Environment.TickCount64 + GraceMs, 1, int.MaxValue);
        switch (worker.Call((int)left))
        {
            case CallOutcome.Answered:
                break;
            case CallOutcome.Late:
                worker.IsLate = true;
                throw new EngineException(
                    ErrorCode.DeadlineExceeded,
                    "The call did not end in time; its worker process was ended."
                );
            default:
                throw new WorkerEndedException();
        }
        var answer = new AnswerReader(worker.Answer);
        long status = answer.Word();
        if (status == NativeStatus.Ok)
        {
            return answer;
        }
        string message = System.Text.Encoding.UTF8.GetString(answer.Text());
        TakeLog(ref answer);
        EngineException error = NativeStatus.Error((int)status, message);
        // A loop that looked at the time: what it says is that the deadline is over.
        throw error.Code == ErrorCode.ExecutionFailed && message.Contains(LoopIsLate, StringComparison.Ordinal)
            ? new EngineException(ErrorCode.DeadlineExceeded, "The call did not end in time.", innerException: error)
            : error;
    }

    /// <summary>Keeps what functions printed, which stands at the end of every answer.</summary>
    public void TakeLog(ref AnswerReader answer)
    {
        ReadOnlySpan<byte> text = answer.Text();
        if (!text.IsEmpty)
        {
            backend.AppendLog(text);
        }
    }

    /// <summary>Has a new worker make the programs that were used last.</summary>
    public void WarmUp(Worker worker)
    {
        foreach (IsolatedProgram program in backend.Recent.All)
        {
            if (!program.TryTeach(worker))
            {
                return;
            }
        }
    }

    /// <summary>Has a leased worker free what nobody needs, and gives it back.</summary>
    public void Rest(Worker worker)
    {
        bool isUsable = false;
        try
        {
            worker.Begin(RequestKind.Rest, backend.Threads);
            AnswerReader answer = Send(worker, Environment.TickCount64 + RestMs);
            TakeLog(ref answer);
            isUsable = true;
        }
        catch (EngineException)
        {
            // It is replaced.
        }
        catch (WorkerEndedException)
        {
            // The same.
        }
        finally
        {
            pool.Return(worker, isUsable);
        }
    }

    /// <summary>Has a worker try what it must not be able to do.</summary>
    public int Probe()
    {
        var task = new ProbeTask(this, backend);
        return With<ProbeTask, int>(ref task, 0, RestMs, mayRepeat: true);
    }

    private static EngineException Ended(Worker worker, bool mayRepeat)
    {
        if (worker.WasKilled && !mayRepeat)
        {
            return new EngineException(
                ErrorCode.NotReady,
                "The worker process that ran the function was ended from outside. The function draws random numbers, "
                    + "so it was not run again; try again."
            );
        }
        int signal = WorkerEnd.SignalOf(worker.Status);
        return new CrashException(
            signal == 0 ? WorkerEnd.Describe(worker.Status) : WorkerEnd.NameOf(signal),
            $"The function ended the worker process that it ran in: {WorkerEnd.Describe(worker.Status)}. "
                + "Nothing else was harmed."
        );
    }

    private readonly struct ProbeTask(Exchange exchange, IsolatedTorchBackend backend) : IWorkerTask<int>
    {
        public int Run(Worker worker, long until)
        {
            worker.Begin(RequestKind.Probe, backend.Threads);
            AnswerReader answer = exchange.Send(worker, until);
            int bits = (int)answer.Word();
            exchange.TakeLog(ref answer);
            return bits;
        }
    }
}

/// <summary>The worker of a request ended before it answered; its status says how.</summary>
internal sealed class WorkerEndedException() : Exception("The worker process ended.");
