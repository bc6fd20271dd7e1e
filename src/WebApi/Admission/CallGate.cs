using System.Collections.Concurrent;
using Torch2Jax.Errors;
using Torch2Jax.WebApi.Hosting;

namespace Torch2Jax.WebApi.Admission;

/// <summary>Lets calls in: a bounded number runs on each device, a bounded number waits, each within its deadline.</summary>
/// <param name="options">How many.</param>
/// <param name="gpus">The devices beside the processor; null for none.</param>
internal sealed class CallGate(AdmissionOptions options, IEnumerable<string>? gpus = null)
{
    private const string Processor = "cpu";

    private readonly HashSet<string> gpus = new(gpus ?? [], StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, DeviceQueue> queues = new(StringComparer.Ordinal);

    private readonly int concurrency =
        options.Concurrency > 0 ? options.Concurrency : Math.Max(2, Environment.ProcessorCount);

    /// <summary>How many calls may run at once on a device of that name.</summary>
    public int ConcurrencyOf(string queue) => queue == Processor ? concurrency : Math.Max(1, options.DeviceConcurrency);

    /// <summary>How many calls may run at once on all GPUs.</summary>
    public int GpuCalls => gpus.Sum(ConcurrencyOf);

    public StuckCalls Stuck { get; } = new(options.MaxStuck);

    /// <summary>Devices in use, with what runs and waits on each.</summary>
    public IEnumerable<(string Device, int Running, int Waiting)> Load =>
        queues.Select(entry => (entry.Key, entry.Value.Running, entry.Value.Waiting));

    /// <summary>Runs <paramref name="work"/> when its turn comes.</summary>
    /// <param name="device">The device it runs on; null for the default.</param>
    /// <param name="deadlineMs">The caller's deadline, capped by the service's own.</param>
    /// <param name="work">The run; called at most once.</param>
    /// <param name="arguments">Freed when the run has ended, or when it will never begin.</param>
    /// <param name="aborted">Ends the waiting, not the run.</param>
    /// <param name="late">
    /// Tells the caller on another thread that the deadline is over. With it the run begins on the calling thread where it
    /// need not wait: handing a short call to another thread takes longer than the call.
    /// </param>
    /// <exception cref="EngineException">Overloaded or DeadlineExceeded, or what the work throws.</exception>
    public async Task<T> RunAsync<T>(
        string? device,
        int? deadlineMs,
        Func<T> work,
        IDisposable? arguments,
        CancellationToken aborted,
        Func<EngineException, Task>? late = null
    )
        where T : class
    {
        var name = QueueOf(device);
        var queue = queues.GetOrAdd(
            name,
            static (name, gate) => new DeviceQueue(gate.ConcurrencyOf(name), gate.Waiting, gate.Stuck),
            this
        );
        var call = new AdmittedCall<T>(
            queue,
            Math.Min(deadlineMs ?? options.MaxDeadlineMs, options.MaxDeadlineMs),
            work,
            arguments
        )
        {
            Late = late,
        };
        bool waits;
        try
        {
            waits = queue.Enter(call);
        }
        catch
        {
            arguments?.Dispose();
            throw;
        }

        if (!waits)
        {
            if (call.RunsInline)
            {
                call.Execute();
            }

            return await call.Task;
        }

        await using (aborted.UnsafeRegister(static (state, token) => ((AdmittedCall)state!).Leave(token), call))
        {
            return await call.Task;
        }
    }

    /// <summary>
    /// The device whose queue a call stands in. Virtual devices (cpu:1) share the processor's; a name that is no device has
    /// none of its own, and is refused by the engine.
    /// </summary>
    public string QueueOf(string? device)
    {
        if (device is null || gpus.Count == 0 || device.StartsWith(Processor, StringComparison.Ordinal))
        {
            return Processor;
        }

        var name = device.Contains(':', StringComparison.Ordinal) ? device : $"{device}:0";
        return gpus.Contains(name) ? name : Processor;
    }

    private int Waiting => options.Queue;
}
