using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Sharding;
using Torch2Jax.Torch;

namespace Torch2Jax.Memory;

/// <summary>
/// What calls may use of each device's memory, and what running ones need. A call is let in by an estimate before it runs;
/// what it then really takes is held to the same limits by the backend.
/// </summary>
internal sealed class MemoryBudget
{
    private const string Processor = "cpu";
    private const double ShareOfMemory = 0.8;
    private const double ShareOfDevice = 0.9;
    private const long TrimPauseMs = 250;

    private readonly Dictionary<string, DeviceBudget> devices = new(StringComparer.Ordinal);
    private readonly Dictionary<string, MemoryPlace> places = new(StringComparer.Ordinal);
    private readonly MemoryPlace processor;
    private readonly ITorchBackend backend;
    private long lastTrim = long.MinValue / 2;

    /// <summary>Makes a budget, and has the backend hold calls to it.</summary>
    /// <param name="backend">Whose devices they are.</param>
    /// <param name="maxBytes">Bytes on the processor; 0 for most of the machine's memory, negative for no limit.</param>
    /// <param name="maxDeviceBytes">Bytes on each other device; 0 for most of its memory, negative for no limit.</param>
    public MemoryBudget(ITorchBackend backend, long maxBytes, long maxDeviceBytes)
    {
        this.backend = backend;
        Add(Processor, Limit(maxBytes, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, ShareOfMemory));
        foreach (var device in backend.Devices.Where(device => device.Name != Processor))
        {
            Add(device.Name, Limit(maxDeviceBytes, device.TotalBytes, ShareOfDevice));
        }

        processor = places[Processor];
    }

    /// <summary>All devices, the processor first.</summary>
    public IEnumerable<DeviceBudget> Devices => devices.Values;

    /// <summary>Where a call runs. Virtual devices are the processor's, and what is no device is left to the backend.</summary>
    public MemoryPlace PlaceOf(string device, ShardingSpec? sharding)
    {
        if (sharding?.Mesh.Devices is not { } mesh)
        {
            return OnProcessor(device) ? processor : places.GetValueOrDefault(FullName(device), processor);
        }

        var used = mesh.Select(name => OnProcessor(name) ? Processor : FullName(name))
            .Distinct(StringComparer.Ordinal)
            .Select(name => devices.GetValueOrDefault(name))
            .OfType<DeviceBudget>()
            .ToArray();
        return used.Length switch
        {
            0 => processor,
            1 => places[used[0].Name],
            _ => new MemoryPlace(used),
        };
    }

    /// <summary>A device as the backend describes it, with what is known here.</summary>
    public DeviceInfo Describe(DeviceInfo device, ITorchBackend? isolated)
    {
        if (!devices.TryGetValue(device.Name, out var budget))
        {
            return device;
        }

        // The arrays of requests, and what worker processes hold, lie in the same memory.
        var used =
            device.Name != Processor
                ? device.UsedBytes
                : ArrayMemory.RentedBytes
                    + backend.Counters.AllocatedBytes
                    + (isolated is null || ReferenceEquals(isolated, backend) ? 0 : isolated.Counters.AllocatedBytes);
        return device with { UsedBytes = used, LimitBytes = budget.Limit, InFlight = budget.InFlight };
    }

    /// <summary>A run found too little memory: what is only kept for reuse goes back to the system.</summary>
    public void GiveBack(MemoryPlace place, MemoryException error)
    {
        place.CountRefusal(error);
        var now = Environment.TickCount64;
        var last = Interlocked.Read(ref lastTrim);
        // Once is enough for all calls that fail together.
        if (now - last >= TrimPauseMs && Interlocked.CompareExchange(ref lastTrim, now, last) == last)
        {
            ArrayMemory.Trim();
            backend.Trim();
        }
    }

    private static bool OnProcessor(string device) =>
        device == Processor || device.StartsWith("cpu:", StringComparison.Ordinal);

    private static string FullName(string device) =>
        device.Contains(':', StringComparison.Ordinal) ? device : $"{device}:0";

    private static long Limit(long setting, long total, double share) =>
        setting switch
        {
            > 0 => setting,
            0 => (long)(total * share),
            _ => 0,
        };

    private void Add(string name, long limit)
    {
        var device = new DeviceBudget(name, limit);
        devices[name] = device;
        places[name] = new MemoryPlace(device);
        backend.LimitMemory(name, limit);
    }
}
