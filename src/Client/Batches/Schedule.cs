using Torch2Jax.Batches;

namespace Torch2Jax.Client;

/// <summary>What becomes of a firing that nobody was there for.</summary>
public enum MisfirePolicy
{
    /// <summary>It is made up for once, however many there were.</summary>
    FireOnce,

    /// <summary>It is left out.</summary>
    Skip,
}

/// <summary>A schedule that is to be added.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Manifest">What each batch does: the manifest's text.</param>
public sealed record NewSchedule(string Name, string Manifest)
{
    /// <summary>When, as Quartz writes it: seconds, minutes, hours, day of month, month, day of week, and maybe the year.</summary>
    public string? Cron { get; init; }

    /// <summary>Every so many seconds, instead of <see cref="Cron"/>.</summary>
    public int? EverySeconds { get; init; }

    /// <summary>Whose clock <see cref="Cron"/> means, an IANA name.</summary>
    public string TimeZone { get; init; } = "UTC";

    /// <summary>What becomes of a firing that nobody was there for.</summary>
    public MisfirePolicy Misfire { get; init; } = MisfirePolicy.FireOnce;

    /// <summary>Whether a batch is made while one of the schedule still runs; else that time is left out.</summary>
    public bool AllowOverlap { get; init; }

    /// <summary>The folder that the manifest's paths start from; null for the service's first root.</summary>
    public string? Folder { get; init; }

    /// <summary>Whether it waits until it is resumed.</summary>
    public bool Paused { get; init; }
}

/// <summary>A schedule of a service.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Cron">When, as Quartz writes it; null where it is every so many seconds.</param>
/// <param name="EverySeconds">Every so many seconds; null where there is a cron expression.</param>
/// <param name="TimeZone">Whose clock the cron expression means.</param>
/// <param name="Misfire">What becomes of a firing that nobody was there for.</param>
/// <param name="Folder">The folder that the manifest's paths start from.</param>
/// <param name="Manifest">What each batch does: the manifest's text.</param>
/// <param name="Paused">Whether it waits until it is resumed.</param>
/// <param name="NextFireAt">When it is due next; null for never.</param>
/// <param name="PreviousFireAt">When it was due last; null for never.</param>
/// <param name="LastBatch">The batch that it made last; null for none.</param>
/// <param name="LastBatchState">Where that is.</param>
public sealed record Schedule(
    string Name,
    string? Cron,
    int? EverySeconds,
    string TimeZone,
    MisfirePolicy Misfire,
    string? Folder,
    string Manifest,
    bool Paused,
    DateTimeOffset? NextFireAt,
    DateTimeOffset? PreviousFireAt,
    Guid? LastBatch,
    BatchState? LastBatchState
)
{
    /// <summary>Whether a batch is made while one of the schedule still runs.</summary>
    public bool AllowOverlap { get; init; }

    /// <summary>Why the last firing made no batch; null where it did.</summary>
    public ChunkError? LastError { get; init; }

    /// <summary>When, in words.</summary>
    public string When => Cron is null ? $"every {EverySeconds} s" : $"{Cron} {TimeZone}";
}
