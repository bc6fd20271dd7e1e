namespace Torch2Jax.Isolation;

/// <summary>How worker processes run.</summary>
public sealed record IsolationOptions
{
    /// <summary>Calls that run at once, each in a worker of its own; one more worker stands by.</summary>
    public int Workers { get; init; } = 2;

    /// <summary>
    /// Bytes of arrays that one worker may hold, and as many again for everything else; 0 for half of the machine's
    /// memory.
    /// </summary>
    public long MaxBytes { get; init; }

    /// <summary>How long compiling a function, or making a program of it, may take.</summary>
    public TimeSpan CompileTime { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a call waits for the pool to start.</summary>
    public TimeSpan StartTime { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Workers that may be started at once, and then a tenth of it a second.</summary>
    public int Restarts { get; init; } = 40;

    /// <summary>Whether workers give up what computing does not take: files, network, privileges, most system calls.</summary>
    public bool Sandbox { get; init; } = true;

    /// <summary>The program; null for <c>torch2jax-worker</c> beside the native library.</summary>
    public string? Program { get; init; }
}
