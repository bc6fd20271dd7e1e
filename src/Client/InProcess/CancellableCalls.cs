using Torch2Jax.Functions;

namespace Torch2Jax.Client;

/// <summary>
/// Calls into the engine that their caller can give up. What runs in libtorch cannot be stopped, so a call whose token
/// can be cancelled runs on another thread; the caller leaves when the token says so, and the rest ends on its own.
/// </summary>
internal sealed class CancellableCalls : IDisposable
{
    private readonly CountdownEvent running = new(1);
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

    /// <summary>Runs a call, on this thread where nothing can cancel it.</summary>
    public T Run<T>(
        JaxFunction function,
        Invocation call,
        Func<JaxFunction, Invocation, T> run,
        CancellationToken cancellationToken
    )
    {
        cancellationToken.ThrowIfCancellationRequested();
        var entered = Enter();
        if (!cancellationToken.CanBeCanceled)
        {
            using (entered)
            {
                return run(function, call);
            }
        }

        var task = Task.Run(
            () =>
            {
                using (entered)
                {
                    return run(function, call);
                }
            },
            CancellationToken.None
        );
        try
        {
            return task.WaitAsync(cancellationToken).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            Forget(task);
            throw;
        }
    }

    /// <summary>Lets no more calls in and waits for those inside; false where that was done before.</summary>
    public bool End()
    {
        if (Interlocked.Exchange(ref ended, 1) != 0)
        {
            return false;
        }

        running.Signal();
        running.Wait();
        return true;
    }

    public void Dispose() => running.Dispose();

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
