using Torch2Jax.Client;

namespace Torch2Jax.PsModule.Connections;

/// <summary>One session for all who ask for the same one, counted: the first opens it, the last closes it.</summary>
internal sealed class SharedSessions(OpenSession open)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Lock gate = new();
    private readonly Dictionary<ConnectionOptions, Counted> sessions = [];

    /// <summary>Sessions that are open.</summary>
    public int Count
    {
        get
        {
            lock (gate)
            {
                return sessions.Count;
            }
        }
    }

    public Lease Acquire(ConnectionOptions options, CancellationToken cancellationToken)
    {
        Counted? counted;
        lock (gate)
        {
            if (!sessions.TryGetValue(options, out counted))
            {
                sessions.Add(options, counted = new Counted());
            }

            counted.Users++;
        }

        try
        {
            // Opening takes a while, and those who come meanwhile wait for it, not for others.
            counted.Opening.Wait(cancellationToken);
            try
            {
                counted.Session ??= open(options, cancellationToken);
            }
            finally
            {
                counted.Opening.Release();
            }

            return new Lease(this, options, counted);
        }
        catch
        {
            Release(options, counted);
            throw;
        }
    }

    private void Release(ConnectionOptions options, Counted counted)
    {
        lock (gate)
        {
            if (--counted.Users > 0)
            {
                return;
            }

            sessions.Remove(options);
        }

        counted.Opening.Dispose();
        if (counted.Session is { } session)
        {
            // It waits for calls that were given up and still run; a loop without an end must not hold the shell.
            Task.Run(session.Dispose).Wait(Patience);
        }
    }

    internal sealed class Counted
    {
        public SemaphoreSlim Opening { get; } = new(1, 1);

        public int Users { get; set; }

        public IFunctionSession? Session { get; set; }
    }

    /// <summary>One user's share of a session.</summary>
    internal sealed class Lease(SharedSessions owner, ConnectionOptions options, Counted counted) : IDisposable
    {
        private int released;

        public IFunctionSession Session => counted.Session!;

        public bool IsReleased => Volatile.Read(ref released) != 0;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref released, 1) == 0)
            {
                owner.Release(options, counted);
            }
        }
    }
}
