using System.Diagnostics;
using Torch2Jax.Errors;

namespace Torch2Jax.WebApi.Hosting;

/// <summary>
/// One call of a batch. It may begin again where it only found no memory beside other calls, for a while; its arguments are
/// freed once, when it has ended or will never begin.
/// </summary>
internal sealed class BatchTurn<T>(Func<T> work, IDisposable arguments)
    where T : class
{
    private const int Waiting = 0;
    private const int Running = 1;
    private const int Ended = 2;

    // Others' calls end; what stays longer is for the chunk's retries to deal with.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly long made = Stopwatch.GetTimestamp();
    private int state;

    /// <summary>Whether it stands where it stood before it began.</summary>
    public bool MayBegin => Volatile.Read(ref state) == Waiting;

    /// <summary>Makes the call.</summary>
    public T Run()
    {
        Volatile.Write(ref state, Running);
        try
        {
            var result = work();
            End();
            return result;
        }
        catch (MemoryException error)
            when (error.Code == ErrorCode.Overloaded
                && Stopwatch.GetElapsedTime(made) < Patience
                && Interlocked.CompareExchange(ref state, Waiting, Running) == Running
            )
        {
            throw;
        }
        catch
        {
            End();
            throw;
        }
    }

    /// <summary>Nobody waits for it any more: where it does not run it never will.</summary>
    public void GiveUp()
    {
        if (Interlocked.Exchange(ref state, Ended) == Waiting)
        {
            arguments.Dispose();
        }
    }

    private void End()
    {
        Volatile.Write(ref state, Ended);
        arguments.Dispose();
    }
}
