using System.Diagnostics;
using Torch2Jax.Errors;

namespace Torch2Jax.Batches;

/// <summary>
/// The calls of a chunk within its time limit. What outlives it cannot be stopped: it is left behind and counted, so that a
/// batch of such chunks ends before they fill the machine.
/// </summary>
internal sealed class TimedCalls(ICallTurns turns, string? device, TimeSpan? timeout)
{
    private const int Running = 0;
    private const int Ended = 1;
    private const int LeftBehind = 2;
    private int leftBehind;

    /// <summary>Calls that outlived the limit and still run.</summary>
    public int StillRunning => Volatile.Read(ref leftBehind);

    /// <summary>Runs one call.</summary>
    /// <param name="spent">How long the chunk's calls ran so far.</param>
    /// <param name="work">The call.</param>
    /// <param name="arguments">Freed when it has ended.</param>
    /// <returns>The result, and how long the chunk's calls have run by now.</returns>
    public async Task<(CallResult Result, TimeSpan Spent)> RunAsync(
        TimeSpan spent,
        Func<CallResult> work,
        IDisposable arguments
    )
    {
        if (timeout is not { } whole)
        {
            return (
                await turns.RunAsync(device, null, work, arguments, CancellationToken.None).ConfigureAwait(false),
                spent
            );
        }

        if (spent >= whole)
        {
            arguments.Dispose();
            throw Over(whole);
        }

        var state = Running;
        var took = TimeSpan.Zero;
        try
        {
            var result = await turns
                .RunAsync(device, whole - spent, Measured, arguments, CancellationToken.None)
                .ConfigureAwait(false);
            return (result, spent + took);
        }
        catch (EngineException error) when (error.Code == ErrorCode.DeadlineExceeded)
        {
            if (Interlocked.CompareExchange(ref state, LeftBehind, Running) == Running)
            {
                Interlocked.Increment(ref leftBehind);
            }

            throw Over(whole);
        }

        CallResult Measured()
        {
            var began = Stopwatch.GetTimestamp();
            Volatile.Write(ref state, Running);
            try
            {
                return work();
            }
            finally
            {
                took = Stopwatch.GetElapsedTime(began);
                if (Interlocked.Exchange(ref state, Ended) == LeftBehind)
                {
                    Interlocked.Decrement(ref leftBehind);
                }
            }
        }
    }

    private static EngineException Over(TimeSpan whole) =>
        new(
            ErrorCode.DeadlineExceeded,
            $"The calls of the chunk took longer than timeoutMs allows, {whole.TotalMilliseconds:0} ms. Allow more, or make chunkSize smaller."
        );
}
