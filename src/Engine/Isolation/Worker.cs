using System.Collections.Concurrent;
using Torch2Jax.Native;

namespace Torch2Jax.Isolation;

/// <summary>
/// One worker process as this process sees it: its region, what it has been told to compile, and how it ended. Whoever
/// has leased it is alone with it; the rest of it may be used from any thread.
/// </summary>
internal sealed unsafe class Worker(long id, SharedHandle region, long regionBytes) : IDisposable
{
    private readonly ConcurrentQueue<long> unwanted = new();
    private readonly HashSet<long> known = [];
    private readonly byte* start = (byte*)NativeMethods.SharedData(region);
    private int status;
    private volatile bool ended;

    public long Id => id;

    public SharedHandle Region => region;

    public byte* Request => start + Isolation.Region.Request;

    public byte* Answer => start + Isolation.Region.Answer;

    /// <summary>Its process; 0 before it runs.</summary>
    public int Pid { get; set; }

    /// <summary>Whether its process is gone.</summary>
    public bool HasEnded => ended;

    /// <summary>As waitpid gives it, once it has ended.</summary>
    public int Status => Volatile.Read(ref status);

    /// <summary>
    /// Whether the call that it ran is not to blame: it was ended from outside (by a person, by the system, with its
    /// template), or by itself because an earlier call had left it too little memory.
    /// </summary>
    public bool WasKilled => Status == 0 || WorkerEnd.SignalOf(Status) == WorkerEnd.Kill;

    /// <summary>Whether it did not answer in time, and so is ended.</summary>
    public bool IsLate { get; set; }

    /// <summary>Whether somebody is alone with it; the pool's own.</summary>
    public bool IsLeased { get; set; }

    /// <summary>What is alive in it; nothing where it has ended.</summary>
    public CountersRecord Counters
    {
        get
        {
            bool held = false;
            try
            {
                region.DangerousAddRef(ref held);
                return *(CountersRecord*)(start + Isolation.Region.Counters);
            }
            catch (ObjectDisposedException)
            {
                return default;
            }
            finally
            {
                if (held)
                {
                    region.DangerousRelease();
                }
            }
        }
    }

    /// <summary>Handles that it holds without need.</summary>
    public int UnwantedHandles => unwanted.Count;

    public bool Knows(long handle) => known.Contains(handle);

    public void Learned(long handle) => known.Add(handle);

    /// <summary>Lets the worker free a handle before its next request.</summary>
    public void LetGo(long handle)
    {
        if (!ended)
        {
            unwanted.Enqueue(handle);
        }
    }

    /// <summary>Begins a request: what it is, how many threads it may use, and what the worker is to let go of first.</summary>
    public RequestWriter Begin(RequestKind kind, int threads)
    {
        var request = new RequestWriter(Request);
        request.Word((long)kind);
        request.Word(threads);
        int count = Math.Min(unwanted.Count, 4096);
        request.Word(count);
        for (int i = 0; i < count; i++)
        {
            unwanted.TryDequeue(out long handle); // this lease alone takes them out
            known.Remove(handle);
            request.Word(handle);
        }
        return request;
    }

    /// <summary>Sends the request that was written, and waits.</summary>
    /// <param name="timeoutMs">The longest to wait; 0 for ever.</param>
    public CallOutcome Call(int timeoutMs) => (CallOutcome)NativeMethods.ChannelCall(region, timeoutMs);

    /// <summary>The address of <paramref name="bytes"/> bytes of its arena; 0 where they are not inside.</summary>
    public nint InArena(long offset, long bytes) =>
        offset >= Isolation.Region.Arena && bytes >= 0 && offset <= regionBytes - bytes ? (nint)(start + offset) : 0;

    /// <summary>Its process is gone; whoever waits for it is told.</summary>
    public void End(int waitStatus)
    {
        Volatile.Write(ref status, waitStatus);
        ended = true;
        NativeMethods.ChannelEnd(region);
    }

    /// <summary>Lets go of the region once nobody uses the worker; arrays in it keep it for as long as they live.</summary>
    public void Dispose() => region.Dispose();
}

/// <summary>How a call to a worker went.</summary>
internal enum CallOutcome
{
    Answered = 0,
    Late = 1,
    Ended = 2,
}
