using Torch2Jax.Encoding;

namespace Torch2Jax.WebApi.Hosting;

/// <summary>What the service may be told: appsettings, environment (<c>Limits__MaxBodyBytes</c>) or command line.</summary>
internal sealed class ServiceOptions
{
    public LimitOptions Limits { get; init; } = new();

    public EngineOptions Engine { get; init; } = new();

    public MemoryOptions Memory { get; init; } = new();

    public AdmissionOptions Admission { get; init; } = new();

    public SecurityOptions Security { get; init; } = new();

    public BatchOptions Batches { get; init; } = new();

    public AuditOptions Audit { get; init; } = new();

    public IsolationSettings Isolation { get; init; } = new();

    public ArrayOptions Arrays { get; init; } = new();
}

/// <summary>The sizes beyond which a request answers 413.</summary>
internal sealed class LimitOptions
{
    /// <summary>Bytes of a body as sent; a little over 1 GiB so that an array of 1 GiB fits with its header.</summary>
    public long MaxBodyBytes { get; init; } = (1L << 30) + (1L << 20);

    /// <summary>Bytes of a body after decompression.</summary>
    public long MaxUnpackedBytes { get; init; } = (1L << 30) + (1L << 20);

    public long MaxArrayBytes { get; init; } = ReadLimits.Default.MaxArrayBytes;

    public long MaxTotalBytes { get; init; } = ReadLimits.Default.MaxTotalBytes;

    public int MaxLeaves { get; init; } = ReadLimits.Default.MaxLeaves;

    public int MaxDepth { get; init; } = ReadLimits.Default.MaxDepth;

    /// <summary>Bytes of UTF-8 of a source.</summary>
    public int MaxSourceBytes { get; init; } = 1 << 20;

    /// <summary>Bytes of an archive.</summary>
    public long MaxArchiveBytes { get; init; } = 512L << 20;

    /// <summary>Bytes a second that a client has to send or take, after a grace of ten seconds.</summary>
    public double MinBytesPerSecond { get; init; } = 240;

    public ReadLimits ForReading() =>
        ReadLimits.Default with
        {
            MaxArrayBytes = MaxArrayBytes,
            MaxTotalBytes = MaxTotalBytes,
            MaxLeaves = MaxLeaves,
            MaxDepth = MaxDepth,
        };
}

/// <summary>How libtorch is used.</summary>
internal sealed class EngineOptions
{
    /// <summary>Threads that one operator may use; 1 suits several callers at once.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Bytes of tensors that one call may hold; 0 for no limit.</summary>
    public long MaxBytesPerCall { get; init; }
}

/// <summary>Stored arrays.</summary>
internal sealed class ArrayOptions
{
    /// <summary>Bytes of them kept in memory, so that calls that name them need neither database nor copy.</summary>
    public long CacheBytes { get; init; } = 1L << 30;
}

/// <summary>What all calls together may use of the devices' memory.</summary>
internal sealed class MemoryOptions
{
    /// <summary>Bytes on the processor; 0 for four fifths of what this process may have, negative for no limit.</summary>
    public long MaxBytes { get; init; }

    /// <summary>Bytes on each GPU; 0 for nine tenths of its memory, negative for no limit.</summary>
    public long MaxDeviceBytes { get; init; }
}

/// <summary>How many calls run and wait.</summary>
internal sealed class AdmissionOptions
{
    /// <summary>Calls that run at once on the processor; 0 for one a core.</summary>
    public int Concurrency { get; init; }

    /// <summary>Calls that run at once on each GPU: while one computes, others copy.</summary>
    public int DeviceConcurrency { get; init; } = 8;

    /// <summary>Calls that wait for one device before further ones answer 429.</summary>
    public int Queue { get; init; } = 1024;

    /// <summary>The longest a call may take, whatever its deadlineMs says.</summary>
    public int MaxDeadlineMs { get; init; } = 600_000;

    /// <summary>Calls that outlived their deadline and still run; at this many the service is not ready.</summary>
    public int MaxStuck { get; init; } = 16;

    /// <summary>Bytes of bodies held at once, in all requests together; 0 for half of the machine's memory.</summary>
    public long MaxBodyBytesInFlight { get; init; }
}

/// <summary>Who may connect.</summary>
internal sealed class SecurityOptions
{
    /// <summary>Further names that the Host header may hold, separated by semicolons; <c>*</c> for any.</summary>
    public string AllowedHosts { get; init; } = "";

    /// <summary>Origins of web pages that may call the service (CORS), separated by semicolons.</summary>
    public string AllowedOrigins { get; init; } = "";

    /// <summary>Without any key nobody is let in, not even on loopback.</summary>
    public bool RequireKeys { get; init; }

    /// <summary>Requests a minute of a key that has no rate of its own, in this process; 0 for no limit.</summary>
    public int RatePerMinute { get; init; }

    /// <summary>Requests a minute with wrong keys that one address gets 401 for; further ones get 429.</summary>
    public int FailedPerMinute { get; init; } = 60;
}

/// <summary>What batches may do.</summary>
internal sealed class BatchOptions
{
    /// <summary>The folders that they may use, separated by semicolons; without one there are no batches.</summary>
    public string Roots { get; init; } = "";

    /// <summary>Batches that this instance works on at once.</summary>
    public int AtOnce { get; init; } = 1;

    /// <summary>Calls of all batches that run at once on one device; 0 for all of Admission's places there but one.</summary>
    public int CallsAtOnce { get; init; }

    /// <summary>Seconds after which a firing is missed; one that is less late is simply done.</summary>
    public double MisfireAfterSeconds { get; init; } = 60;
}

/// <summary>How long changes are remembered.</summary>
internal sealed class AuditOptions
{
    /// <summary>Days; 0 for ever.</summary>
    public int KeepDays { get; init; } = 400;
}
