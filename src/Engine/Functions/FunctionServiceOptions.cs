namespace Torch2Jax.Functions;

/// <summary>Limits of the engine; the defaults suit a service with a few GiB of memory.</summary>
public sealed record FunctionServiceOptions
{
    /// <summary>Bytes of tensors one call may hold at once; 0 for no limit.</summary>
    public long MaxCallBytes { get; init; }

    /// <summary>
    /// Bytes that all calls together may use on the processor; 0 for four fifths of the memory that this process may have,
    /// negative for no limit.
    /// </summary>
    public long MaxMemoryBytes { get; init; }

    /// <summary>The same for each other device; 0 for nine tenths of its memory.</summary>
    public long MaxDeviceMemoryBytes { get; init; }

    /// <summary>Bytes that shape inference may use when it has to run a function on zeros.</summary>
    public long MaxInferenceBytes { get; init; } = 256L << 20;

    /// <summary>How long the loops of such a run may take before it is given up.</summary>
    public TimeSpan MaxInferenceTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Bytes and time of the same where it only tells whether a new shape depends on data, in the middle of a call.
    /// </summary>
    public long MaxProbeBytes { get; init; } = 16L << 20;

    /// <summary>See <see cref="MaxProbeBytes"/>.</summary>
    public TimeSpan MaxProbeTime { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Compiled programs kept for each function (one for each structure, static values and transforms).</summary>
    public int MaxProgramsPerFunction { get; init; } = 256;

    /// <summary>Shape-cache entries kept in memory for each function.</summary>
    public int MaxShapesPerFunction { get; init; } = 4096;

    /// <summary>Functions that stay compiled; beyond them the one not used for longest is unloaded.</summary>
    public int MaxCompiledFunctions { get; init; } = 1024;

    /// <summary>Functions whose content stays in memory, so that they answer while the database is away.</summary>
    public int MaxKnownFunctions { get; init; } = 16384;

    /// <summary>Bytes of stored arrays kept in memory; beyond them the one not used for longest goes. 0 keeps none.</summary>
    public long ArrayCacheBytes { get; init; } = 1L << 30;

    /// <summary>Names of stored arrays that are known without asking the registry.</summary>
    public int MaxKnownArrays { get; init; } = 16384;

    /// <summary>Entries of each function that warm-up compiles and runs at start; 0 for none.</summary>
    public int WarmUpPerFunction { get; init; } = 4;

    /// <summary>Entries that warm-up compiles and runs in all.</summary>
    public int WarmUpTotal { get; init; } = 256;

    /// <summary>When warm-up stops, whatever is left.</summary>
    public TimeSpan WarmUpTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Worker processes that a function may end within <see cref="QuarantineTime"/>; then it is not called any more.</summary>
    public int QuarantineCrashes { get; init; } = 3;

    /// <summary>See <see cref="QuarantineCrashes"/>.</summary>
    public TimeSpan QuarantineTime { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How often hits counted in memory are handed to the registry.</summary>
    public TimeSpan HitInterval { get; init; } = TimeSpan.FromSeconds(1);
}
