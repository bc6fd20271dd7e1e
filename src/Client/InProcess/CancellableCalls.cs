using System.Diagnostics;
using Torch2Jax.Errors;
using Torch2Jax.Functions;

namespace Torch2Jax.Client;

/// <summary>
/// Calls into the engine that their caller can give up. What runs in libtorch cannot be stopped, so a call whose token
/// can be cancelled runs on another thread; the caller leaves when the token says so, and the rest ends on its own.
/// </summary>
internal sealed class CancellableCalls : IDisposable
{
    private static readonly TimeSpan LoopsEndAfter = TimeSpan.FromMilliseconds(500);

    private readonly CountdownEvent running = new(1);
    private readonly CallPace pace = new();
    private int ended;

    public void ThrowIfEnded() =>
        ObjectDisposedException.ThrowIf(Volatile.Read(ref ended) != 0, typeof(IFunctionSession));

    /// <summary>Waits for work that the engine does on threads of its own.</summary>
    public T Wait<T>(Func<CancellationToken, Task<T>> start, CancellationToken cancellationToken)
    {
        using var entered = Enter();
        return Task.Run(() => start(cancellationToken), cancellationToken)
            .WaitAsync(cancellationToken)
            .GetAwaiter()
            .GetResult();
    }

    /// <summary>Waits for work that ends in order when its token is cancelled, and so may take a while after that.</summary>
    public T WaitToEnd<T>(Func<Task<T>> start)
    {
        using var entered = Enter();
        return Task.Run(start).GetAwaiter().GetResult();
    }

    /// <summary>Runs a call, on this thread where nothing can end it early or it is known to be short.</summary>
    public T Run<T>(
        JaxFunction function,
        Invocation call,
        Func<JaxFunction, Invocation, T> run,
        CancellationToken cancellationToken
    )
        where T : class
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (call.Timeout is null && (!cancellationToken.CanBeCanceled || pace.IsShort(function, call)))
        {
            using var entered = Enter();
            var began = Stopwatch.GetTimestamp();
            var result = run(function, call);
            if (cancellationToken.CanBeCanceled)
            {
                pace.Note(function, call, Stopwatch.GetElapsedTime(began));
            }

            return result;
        }

        return RunApart(function, call, run, cancellationToken);
    }

    /// <summary>Lets no more calls in; false where that was done before.</summary>
    public bool End()
    {
        if (Interlocked.Exchange(ref ended, 1) != 0)
        {
            return false;
        }

        running.Signal();
        return true;
    }

    /// <summary>Waits for the calls inside; false where one of them, which nobody can stop, takes too long.</summary>
    public bool WaitForLast(TimeSpan patience) => running.Wait(patience);

    public void Dispose() => running.Dispose();

    private T RunApart<T>(
        JaxFunction function,
        Invocation call,
        Func<JaxFunction, Invocation, T> run,
        CancellationToken cancellationToken
    )
        where T : class
    {
        // Loops of a call that was left are stopped as well, but later, so that the answer is always the same.
        var patience = call.Timeout;
        call = patience is { } time ? call with { Timeout = time + LoopsEndAfter } : call;
        var entered = Enter();
        var task = Task.Run(
            () =>
            {
                using (entered)
                {
                    var began = Stopwatch.GetTimestamp();
                    var result = run(function, call);
                    pace.Note(function, call, Stopwatch.GetElapsedTime(began));
                    return result;
                }
            },
            CancellationToken.None
        );
        try
        {
            return task.WaitAsync(patience ?? Timeout.InfiniteTimeSpan, cancellationToken).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            Forget(task);
            throw;
        }
        catch (TimeoutException)
        {
            Forget(task);
            throw new EngineException(
                ErrorCode.DeadlineExceeded,
                $"The call did not end within {patience!.Value.TotalMilliseconds:0} ms."
            );
        }
    }

    // An answer that nobody waits for gives its arrays back; an error of it is nobody's either.
    private static void Forget<T>(Task<T> task) =>
        task.ContinueWith(
            static done =>
            {
                if (done.IsCompletedSuccessfully)
                {
                    (done.Result as IDisposable)?.Dispose();
                }
                else
                {
                    _ = done.Exception;
                }
            },
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default
        );

    private Inside Enter()
    {
        ThrowIfEnded();
        ObjectDisposedException.ThrowIf(!running.TryAddCount(), typeof(IFunctionSession));
        return new Inside(running);
    }

    private readonly struct Inside(CountdownEvent running) : IDisposable
    {
        public void Dispose() => running.Signal();
    }
}
