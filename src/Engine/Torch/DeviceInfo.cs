namespace Torch2Jax.Torch;

/// <summary>A device of this machine.</summary>
/// <param name="Name"><c>cpu</c>, <c>cuda:0</c>.</param>
/// <param name="Title">The model's name, as far as known.</param>
/// <param name="TotalBytes">Its memory; 0 where unknown.</param>
/// <param name="FreeBytes">What is free of it; 0 where unknown.</param>
public sealed record DeviceInfo(string Name, string Title, long TotalBytes, long FreeBytes)
{
    /// <summary>What this process's arrays and tensors hold of it.</summary>
    public long UsedBytes { get; init; }

    /// <summary>What all calls together may use of it; 0 where there is no limit, or it is unknown.</summary>
    public long LimitBytes { get; init; }

    /// <summary>Calls that run on it now.</summary>
    public int InFlight { get; init; }
}

/// <summary>Native handles and memory alive in this process (t2j_counters).</summary>
public readonly record struct TorchCounters(
    long Functions,
    long Programs,
    long Results,
    long Errors,
    long Tensors,
    long CachedBytes,
    long AllocatedBytes,
    long FunctionRuns
)
{
    /// <summary>Arrays that are kept on devices.</summary>
    public long Arrays { get; init; }
}
