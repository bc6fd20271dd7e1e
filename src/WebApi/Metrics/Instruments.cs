using System.Diagnostics;
using System.Diagnostics.Metrics;
using Torch2Jax.Arrays;
using Torch2Jax.Functions;
using Torch2Jax.Torch;
using Torch2Jax.WebApi.Admission;
using Torch2Jax.WebApi.Cli;
using Torch2Jax.WebApi.Hosting;
using Torch2Jax.WebApi.Schedules;
using static Torch2Jax.WebApi.Metrics.ServiceMeter;

namespace Torch2Jax.WebApi.Metrics;

/// <summary>Every instrument of the service, in the order in which they are shown; docs/observability.md lists them.</summary>
internal sealed class Instruments
{
    private static readonly (CacheOutcome Outcome, string Name)[] Outcomes =
    [
        .. Enum.GetValues<CacheOutcome>().Select(outcome => (outcome, $"{outcome}".ToLowerInvariant())),
    ];

    private readonly long began = Stopwatch.GetTimestamp();
    private readonly CallStatistics calls;
    private readonly EngineHost engine;

    public Instruments(
        ServiceMeter meter,
        RequestCounts requests,
        CallStatistics calls,
        CallGate gate,
        BodyBudget bodies,
        EngineHost engine,
        BatchHost batches,
        FiringCounts firings
    )
    {
        this.calls = calls;
        this.engine = engine;
        Requests(meter, requests, bodies);
        Calls(meter, gate);
        Torch(meter);
        StoredArrays(meter);
        Devices(meter);
        Batches(meter, batches, firings);
        Database(meter);
        Process(meter);
    }

    public TimeSpan Uptime => Stopwatch.GetElapsedTime(began);

    private static void Requests(ServiceMeter meter, RequestCounts requests, BodyBudget bodies)
    {
        meter.Counter(
            "torch2jax.http.requests",
            "{request}",
            "Answers by method, route and status.",
            () =>
                requests.All.Select(entry => new Measurement<long>(
                    entry.Count,
                    Label("method", entry.Key.Method),
                    Label("route", entry.Key.Route),
                    Label("status", $"{entry.Key.Status}")
                ))
        );
        meter.Gauge("torch2jax.http.requests.running", "{request}", "Requests being answered.", () => requests.Running);
        meter.Gauge("torch2jax.http.bodies", "By", "Bytes of request bodies held.", () => bodies.Used);
    }

    private void Calls(ServiceMeter meter, CallGate gate)
    {
        meter.Counter(
            "torch2jax.calls.failed",
            "{call}",
            "Calls that failed, by function.",
            () =>
                calls.ByLabel.Select(entry => new Measurement<long>(
                    entry.Counts.Failed,
                    Label("function", entry.Label)
                ))
        );
        meter.Counter(
            "torch2jax.shape_cache",
            "{call}",
            "Calls by function and by what the shape cache knew.",
            () =>
                from entry in calls.ByLabel
                from outcome in Outcomes
                select new Measurement<long>(
                    entry.Counts.Outcome(outcome.Outcome),
                    Label("function", entry.Label),
                    Label("outcome", outcome.Name)
                )
        );
        meter.Gauge(
            "torch2jax.calls.running",
            "{call}",
            "Calls that run, by device.",
            () => gate.Load.Select(load => new Measurement<long>(load.Running, Label("device", load.Device)))
        );
        meter.Gauge(
            "torch2jax.calls.waiting",
            "{call}",
            "Calls that wait for their turn, by device.",
            () => gate.Load.Select(load => new Measurement<long>(load.Waiting, Label("device", load.Device)))
        );
        meter.Gauge(
            "torch2jax.calls.stuck",
            "{call}",
            "Runs that outlived their deadline and go on.",
            () => gate.Stuck.Count
        );
    }

    private void Torch(ServiceMeter meter)
    {
        TorchCounters Now() => engine.Backend.Counters;
        meter.Gauge("torch2jax.tensors", "{tensor}", "Tensors alive in results.", () => Now().Tensors);
        meter.Gauge(
            "torch2jax.arrays",
            "{array}",
            "Arrays of requests alive.",
            () => ArrayMemory.RentedBlocks - (engine.ArrayCache?.Arrays ?? 0)
        );
        meter.Gauge("torch2jax.programs", "{program}", "Programs compiled.", () => Now().Programs);
        meter.Gauge("torch2jax.memory.allocated", "By", "Bytes of tensors handed out.", () => Now().AllocatedBytes);
        meter.Gauge("torch2jax.memory.cached", "By", "Bytes kept for reuse.", () => Now().CachedBytes);
        meter.Counter("torch2jax.function_runs", "{run}", "Runs of functions' graphs.", () => Now().FunctionRuns);
    }

    private void StoredArrays(ServiceMeter meter)
    {
        meter.Gauge(
            "torch2jax.array_cache.size",
            "By",
            "Bytes of stored arrays kept in memory.",
            () => engine.ArrayCache?.Bytes ?? 0
        );
        meter.Counter(
            "torch2jax.array_cache",
            "{use}",
            "Uses of stored arrays, by whether they were in memory.",
            () =>

                [
                    new Measurement<long>(engine.ArrayCache?.Hits ?? 0, Label("outcome", "hit")),
                    new Measurement<long>(engine.ArrayCache?.Misses ?? 0, Label("outcome", "miss")),
                ]
        );
        meter.Counter(
            "torch2jax.array_cache.evictions",
            "{eviction}",
            "Stored arrays that made room for others in memory.",
            () => engine.ArrayCache?.Evictions ?? 0
        );
    }

    private void Devices(ServiceMeter meter)
    {
        void Gauge(string name, string? unit, string description, Func<DeviceInfo, long> read) =>
            meter.Gauge(
                name,
                unit,
                description,
                () => engine.Devices.Select(one => new Measurement<long>(read(one), Label("device", one.Name)))
            );
        Gauge("torch2jax.device.memory.used", "By", "What arrays and tensors hold.", device => device.UsedBytes);
        Gauge(
            "torch2jax.device.memory.limit",
            "By",
            "What calls may use; 0 for no limit.",
            device => device.LimitBytes
        );
        Gauge("torch2jax.device.calls", "{call}", "Calls that the engine runs.", device => device.InFlight);
        meter.Counter(
            "torch2jax.memory.refused",
            "{call}",
            "Calls that found too little memory, by whether they alone need too much.",
            () =>
                engine.MemoryRefusals.SelectMany(one =>
                    (Measurement<long>[])
                        [
                            new(one.TooLarge, Label("device", one.Device), Label("reason", "too_large")),
                            new(one.Overloaded, Label("device", one.Device), Label("reason", "overloaded")),
                        ]
                )
        );
    }

    private static void Batches(ServiceMeter meter, BatchHost batches, FiringCounts firings)
    {
        meter.Gauge(
            "torch2jax.batches.running",
            "{batch}",
            "Batches that this instance works on.",
            () => batches.Running
        );
        meter.Counter(
            "torch2jax.batch_chunks",
            "{chunk}",
            "Chunks of batches that this instance had, by what became of them.",
            () =>

                [
                    new Measurement<long>(batches.Outcomes.Completed, Label("outcome", "completed")),
                    new Measurement<long>(batches.Outcomes.Retried, Label("outcome", "retried")),
                    new Measurement<long>(batches.Outcomes.Discarded, Label("outcome", "discarded")),
                ]
        );
        meter.Counter(
            "torch2jax.schedule_firings",
            "{firing}",
            "Firings of schedules that this instance had, by what became of them.",
            () => firings.All.Select(entry => new Measurement<long>(entry.Value, Label("outcome", entry.Key)))
        );
    }

    private void Database(ServiceMeter meter)
    {
        meter.Gauge(
            "torch2jax.database.available",
            null,
            "1 while the database answers.",
            () => engine.Registry is { Available: true } ? 1L : 0
        );
        meter.Gauge(
            "torch2jax.database.queued_writes",
            "{write}",
            "Cache writes that wait for the database.",
            () => engine.Registry?.QueuedWrites ?? 0L
        );
        meter.Counter(
            "torch2jax.database.dropped_writes",
            "{write}",
            "Cache writes dropped because too many waited.",
            () => engine.Registry?.DroppedWrites ?? 0L
        );
    }

    private void Process(ServiceMeter meter)
    {
        meter.Gauge(
            "torch2jax.ready",
            null,
            "1 when calls are answered.",
            () => engine.NotReadyReason is null ? 1L : 0
        );
        meter.Gauge("torch2jax.uptime", "s", "Seconds since the start.", () => Math.Round(Uptime.TotalSeconds, 3));
        meter.Gauge(
            "torch2jax.info",
            null,
            "1, with the versions as labels.",
            () =>

                [
                    new Measurement<long>(
                        1,
                        Label("version", Verbs.Version),
                        Label("libtorch", engine.Backend.LibtorchVersion)
                    ),
                ]
        );
        meter.Gauge("process.resident_memory", "By", "Resident memory.", () => Environment.WorkingSet);
        meter.Gauge("dotnet.gc.heap", "By", "The managed heap.", () => GC.GetTotalMemory(forceFullCollection: false));
    }
}
