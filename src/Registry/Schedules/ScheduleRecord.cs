using Torch2Jax.Batches;

namespace Torch2Jax.Registry.Schedules;

/// <summary>When batches are made of a manifest, and what became of it so far.</summary>
/// <param name="Name">Its name, like a function's.</param>
/// <param name="Cron">A cron expression in Quartz's form; null where it has <paramref name="EverySeconds"/>.</param>
/// <param name="EverySeconds">So many seconds after one another.</param>
/// <param name="TimeZone">The IANA name of the zone that the expression is read in.</param>
/// <param name="Misfire">What becomes of times that passed while nobody could fire.</param>
/// <param name="Overlap">What becomes of a time at which the batch before still runs.</param>
/// <param name="Folder">The folder that the manifest's paths start from.</param>
/// <param name="Manifest">The manifest's text.</param>
public sealed record ScheduleRecord(
    string Name,
    string? Cron,
    int? EverySeconds,
    string TimeZone,
    MisfirePolicy Misfire,
    OverlapPolicy Overlap,
    string Folder,
    string Manifest
)
{
    /// <summary>Whether it rests.</summary>
    public bool Paused { get; init; }

    /// <summary>When it fires next; null while it rests.</summary>
    public DateTimeOffset? NextFireAt { get; init; }

    /// <summary>The last time that was fired.</summary>
    public DateTimeOffset? PreviousFireAt { get; init; }

    /// <summary>Why no batch came of that; null where one did.</summary>
    public ChunkError? LastError { get; init; }

    /// <summary>The latest batch that it made, and where that is.</summary>
    public (Guid Id, BatchState State)? LastBatch { get; init; }
}

/// <summary>What becomes of times that passed while nobody could fire.</summary>
public enum MisfirePolicy
{
    /// <summary>All of them are made up for by one firing.</summary>
    FireOnce,

    /// <summary>They are left out.</summary>
    Skip,
}

/// <summary>What becomes of a time at which the batch before still runs.</summary>
public enum OverlapPolicy
{
    /// <summary>It is left out.</summary>
    Skip,

    /// <summary>Its batch runs beside the other.</summary>
    Allow,
}

/// <summary>What became of a firing.</summary>
public enum FiringOutcome
{
    /// <summary>Its batch is made.</summary>
    Made,

    /// <summary>Its batch was there already.</summary>
    Repeated,

    /// <summary>The batch before still runs.</summary>
    Overlapped,

    /// <summary>The schedule rests, or is deleted.</summary>
    Gone,
}
