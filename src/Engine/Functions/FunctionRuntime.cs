using System.Reflection;
using Microsoft.Extensions.Logging;
using Torch2Jax.Memory;
using Torch2Jax.Torch;

namespace Torch2Jax.Functions;

/// <summary>What all functions of one service share.</summary>
internal sealed class FunctionRuntime(
    ITorchBackend backend,
    ITorchBackend? isolated,
    IFunctionRegistry registry,
    FunctionServiceOptions options,
    MemoryBudget memory,
    TimeProvider time,
    ILogger log
) : IDisposable
{
    // Devices neither come nor go while a process lives; asking for them reads their memory too.
    private readonly string[] devices = [.. backend.Devices.Select(device => device.Name)];
    private readonly string[] isolatedDevices = isolated is null
        ? []
        : [.. isolated.Devices.Select(device => device.Name)];

    public ITorchBackend Backend => backend;

    /// <summary>Worker processes; null where there are none.</summary>
    public ITorchBackend? Isolated => isolated;

    /// <summary>Functions that are not called any more.</summary>
    public Quarantine Quarantine { get; } = new(options.QuarantineCrashes, options.QuarantineTime, time);

    public IFunctionRegistry Registry => registry;

    public FunctionServiceOptions Options => options;

    /// <summary>What calls may use of the devices' memory.</summary>
    public MemoryBudget Memory => memory;

    public TimeProvider Time => time;

    public ILogger Log => log;

    /// <summary>Uses of shape-cache entries, on their way to the registry.</summary>
    public HitCounter Hits { get; } = new(registry, time, options.HitInterval);

    /// <summary>Which functions stay compiled.</summary>
    public CodeBudget Budget { get; } = new(options.MaxCompiledFunctions);

    /// <summary>What a shape-cache entry is trusted by: this engine and the libtorch behind it.</summary>
    public string EngineVersion { get; } = $"{ReadVersion()}/{backend.LibtorchVersion}";

    /// <summary>Who runs a function: workers where it asks for them and there are any.</summary>
    public ITorchBackend BackendOf(FunctionIsolation isolation) =>
        isolation == FunctionIsolation.Process ? isolated ?? backend : backend;

    /// <summary>Notes what a call of an entry held, and tells the registry where that is news.</summary>
    public void NotePeak(ShapeEntry entry, long bytes)
    {
        if (entry.NotePeak(bytes))
        {
            Rewrite(entry);
        }
    }

    /// <summary>Has the registry replace an entry. It adds the uses to its own; those were handed over apart.</summary>
    public void Rewrite(ShapeEntry entry) => registry.QueueEntry(entry.ToRecord(EngineVersion) with { Hits = 0 });

    /// <summary>Names of the devices that a function can run on.</summary>
    public IReadOnlyList<string> DevicesOf(FunctionIsolation isolation) =>
        ReferenceEquals(BackendOf(isolation), backend) ? devices : isolatedDevices;

    public void Dispose() => Hits.Dispose();

    // A build's metadata ("+commit") is cut off: another build of the same version infers the same shapes.
    private static string ReadVersion()
    {
        var version =
            typeof(FunctionRuntime)
                .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
                ?.InformationalVersion
            ?? "0";
        var plus = version.IndexOf('+', StringComparison.Ordinal);
        return plus < 0 ? version : version[..plus];
    }
}
