using System.Collections.Concurrent;
using Torch2Jax.Batches;
using Torch2Jax.Errors;
using Torch2Jax.WebApi.Admission;

namespace Torch2Jax.WebApi.Hosting;

/// <summary>
/// Calls of batches stand in the same queue as everybody's, and never take the last place of it: who waits for an answer
/// finds one. Where the queue is full, or other calls have the memory, a batch waits outside.
/// </summary>
/// <param name="gate">The queues.</param>
/// <param name="atOnce">Calls of all batches that run at once on one device; 0 for all its places but one.</param>
internal sealed class BatchTurns(CallGate gate, int atOnce = 0) : ICallTurns, IDisposable
{
    // Copying in, computing and copying out keep a GPU busy together.
    private const int LeastOnGpu = 3;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly ConcurrentDictionary<string, SemaphoreSlim> places = new(StringComparer.Ordinal);

    public async Task<T> RunAsync<T>(
        string? device,
        TimeSpan? limit,
        Func<T> work,
        IDisposable arguments,
        CancellationToken cancellationToken
    )
        where T : class, IDisposable
    {
        var turn = new BatchTurn<T>(work, arguments);
        var mine = places.GetOrAdd(
            gate.QueueOf(device),
            static (queue, turns) => new SemaphoreSlim(turns.PlacesOf(queue)),
            this
        );
        var entered = false;
        try
        {
            await mine.WaitAsync(cancellationToken);
            entered = true;
            while (true)
            {
                try
                {
                    int? deadlineMs = limit is { } most ? (int)Math.Ceiling(most.TotalMilliseconds) : null;
                    return await gate.RunAsync(device, deadlineMs, turn.Run, null, cancellationToken);
                }
                catch (EngineException error)
                    when (error.Code is (ErrorCode.Overloaded or ErrorCode.DeadlineExceeded) && turn.MayBegin)
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
                mine.Release();
            }

            turn.GiveUp();
        }
    }

    public void Dispose()
    {
        foreach (var place in places.Values)
        {
            place.Dispose();
        }
    }

    private int PlacesOf(string queue)
    {
        var all = gate.ConcurrencyOf(queue);
        return atOnce > 0 ? atOnce : Math.Max(queue == "cpu" ? 1 : Math.Min(LeastOnGpu, all), all - 1);
    }
}
