namespace Torch2Jax.WebApi.Hosting;

/// <summary>Worker processes, and which functions run in them.</summary>
internal sealed class IsolationSettings
{
    /// <summary>
    /// Calls that run at once in worker processes, as many as run at once in the service; 0 for no such processes:
    /// everything runs in the service.
    /// </summary>
    public int Workers { get; init; } = Math.Max(2, Environment.ProcessorCount);

    /// <summary>
    /// Where a function runs whose registration does not say it: <c>process</c>, <c>none</c>, or, left empty,
    /// <c>process</c> where a key of the role author registers it.
    /// </summary>
    public string Default { get; init; } = "";

    /// <summary>Bytes of arrays that one worker may hold, and again for everything else; 0 for half of the memory.</summary>
    public long MaxBytes { get; init; }

    /// <summary>Whether workers give up files, network, privileges and most system calls.</summary>
    public bool Sandbox { get; init; } = true;

    /// <summary>Worker processes that a function may end within <see cref="QuarantineMinutes"/>.</summary>
    public int QuarantineCrashes { get; init; } = 3;

    /// <summary>See <see cref="QuarantineCrashes"/>.</summary>
    public double QuarantineMinutes { get; init; } = 5;
}
