using Torch2Jax.Batches;
using Torch2Jax.Errors;
using Torch2Jax.WebApi.Admission;

namespace Torch2Jax.WebApi.Hosting;

/// <summary>
/// Calls of batches stand in the same queue as everybody's, and never take the last place of it: who waits for an answer
/// finds one. Where the queue is full, a batch waits outside.
/// </summary>
/// <param name="gate">The queue.</param>
/// <param name="atOnce">Calls of all batches that run at once; 0 for all places but one.</param>
internal sealed class BatchTurns(CallGate gate, int atOnce = 0) : ICallTurns, IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly SemaphoreSlim places = new(atOnce > 0 ? atOnce : Math.Max(1, gate.Concurrency - 1));

    public async Task<T> RunAsync<T>(
        string? device,
        TimeSpan? limit,
        Func<T> work,
        IDisposable arguments,
        CancellationToken cancellationToken
    )
        where T : class, IDisposable
    {
        var began = false;
        var entered = false;
        try
        {
            await places.WaitAsync(cancellationToken);
            entered = true;
            while (true)
            {
                try
                {
                    int? deadlineMs = limit is { } most ? (int)Math.Ceiling(most.TotalMilliseconds) : null;
                    return await gate.RunAsync(device, deadlineMs, Run, null, cancellationToken);
                }
                catch (EngineException error)
                    when (!Volatile.Read(ref began)
                        && error.Code is (ErrorCode.Overloaded or ErrorCode.DeadlineExceeded)
                    )
                {
                    // It stood in line only; that is nothing it did wrong.
                    await Task.Delay(Pause, cancellationToken);
                }
            }
        }
        finally
        {
            if (entered)
            {
                places.Release();
            }

            if (!Volatile.Read(ref began))
            {
                arguments.Dispose();
            }
        }

        T Run()
        {
            Volatile.Write(ref began, true);
            using (arguments)
            {
                return work();
            }
        }
    }

    public void Dispose() => places.Dispose();
}
