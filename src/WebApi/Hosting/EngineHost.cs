using Torch2Jax.Errors;
using Torch2Jax.Functions;
using Torch2Jax.Memory;
using Torch2Jax.Registry;
using Torch2Jax.Torch;
using Torch2Jax.WebApi.Security;

namespace Torch2Jax.WebApi.Hosting;

/// <summary>
/// Brings the engine up beside the running server: the service is alive at once, ready when the database has answered
/// and the most used functions are warm, and tries again while the database is away.
/// </summary>
internal sealed partial class EngineHost(
    ITorchBackend backend,
    WorkerHost workers,
    ServiceOptions options,
    RegistryOptions registryOptions,
    KeyRing keys,
    Exposure exposure,
    IHostApplicationLifetime lifetime,
    ILoggerFactory loggers
) : BackgroundService
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly ILogger logger = loggers.CreateLogger<EngineHost>();
    private volatile FunctionService? functions;
    private volatile bool warm;
    private readonly Lock stopGate = new();
    private Task? stopped;
    private volatile string waitingFor = "The engine is starting.";
    private PostgresRegistry? registry;

    /// <summary>The engine.</summary>
    /// <exception cref="EngineException">NotReady.</exception>
    public FunctionService Functions => functions ?? throw new EngineException(ErrorCode.NotReady, waitingFor);

    /// <summary>Why the engine is not there yet; null when it is.</summary>
    public string? NotReadyReason =>
        functions is null ? waitingFor
        : warm ? null
        : "The most used functions are being compiled; calls are answered already.";

    /// <summary>Whether calls find the engine.</summary>
    public bool IsThere => functions is not null;

    /// <summary>The devices, with what calls use of them once there are any.</summary>
    public IReadOnlyList<DeviceInfo> Devices => functions?.Devices ?? backend.Devices;

    /// <summary>Calls that found too little memory.</summary>
    public IReadOnlyList<MemoryRefusals> MemoryRefusals => functions?.MemoryRefusals ?? [];

    /// <summary>Whether the most used functions are compiled.</summary>
    public bool IsWarm => warm;

    /// <summary>Why the service had to give up; null while it runs.</summary>
    public string? FatalReason { get; private set; }

    public ITorchBackend Backend => backend;

    /// <summary>Stored arrays in memory; null before there is an engine.</summary>
    public Torch2Jax.Stored.ArrayCacheStatus? ArrayCache => functions?.Arrays.Cache;

    /// <summary>The worker processes.</summary>
    public WorkerHost Workers => workers;

    /// <summary>Where functions, keys and the audit are.</summary>
    /// <exception cref="EngineException">NotReady.</exception>
    public PostgresRegistry Store => registry ?? throw new EngineException(ErrorCode.NotReady, waitingFor);

    /// <summary>The database's state; null before it was reached.</summary>
    public RegistryStatus? Registry => registry?.Status;

    /// <summary>Ends the engine, then the registry; however often and from wherever it is called, once.</summary>
    public override Task StopAsync(CancellationToken cancellationToken)
    {
        lock (stopGate)
        {
            return stopped ??= StopOnceAsync(cancellationToken);
        }
    }

    private async Task StopOnceAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        var running = functions;
        functions = null;
        waitingFor = "The service is stopping.";
        if (running is not null)
        {
            await running.DisposeAsync();
        }

        await keys.StopAsync();
        if (registry is not null)
        {
            await registry.DisposeAsync();
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Let the server start listening first.
        await Task.Yield();
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                registry ??= await PostgresRegistry.OpenAsync(registryOptions, loggers, stoppingToken);
                await keys.AttachAsync(registry.Keys, stoppingToken);
                if (keys.Keys is { Count: 0 } && exposure.NeedsKeys(options.Security) is { } reason)
                {
                    // Nobody was let in so far: the gate is closed while keys are unknown, and stays so.
                    FatalReason = reason;
                    lifetime.StopApplication();
                    return;
                }

                var service = new FunctionService(
                    backend,
                    registry,
                    EngineOptions(),
                    null,
                    loggers.CreateLogger<FunctionService>(),
                    workers.Backend
                );
                await service.StartAsync(stoppingToken);
                functions = service;
                await service.WarmUp.WaitAsync(stoppingToken);
                warm = true;
                LogReady(logger, backend.LibtorchVersion, backend.Threads);
                return;
            }
            catch (EngineException error) when (error.Code == ErrorCode.RegistryUnavailable)
            {
                waitingFor = $"The database is away: {error.Message}";
                LogWaiting(logger, error.Message);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // Whatever else it is, waiting does not cure it: the person who started the service is told.
            catch (Exception error)
#pragma warning restore CA1031
            {
                FatalReason = error.Message;
                LogFatal(logger, error);
                lifetime.StopApplication();
                return;
            }

            await Task.Delay(Pause(attempt), stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private FunctionServiceOptions EngineOptions() =>
        new()
        {
            MaxCallBytes = options.Engine.MaxBytesPerCall,
            ArrayCacheBytes = options.Arrays.CacheBytes,
            MaxMemoryBytes = options.Memory.MaxBytes,
            MaxDeviceMemoryBytes = options.Memory.MaxDeviceBytes,
            QuarantineCrashes = options.Isolation.QuarantineCrashes,
            QuarantineTime = TimeSpan.FromMinutes(options.Isolation.QuarantineMinutes),
        };

    private static TimeSpan Pause(int attempt) =>
        TimeSpan.FromMilliseconds(Math.Min(LongestPause.TotalMilliseconds, 250 * Math.Pow(2, Math.Min(attempt, 10))));

    [LoggerMessage(1101, LogLevel.Information, "Ready: libtorch {Libtorch}, {Threads} thread(s) an operator")]
    private static partial void LogReady(ILogger logger, string libtorch, int threads);

    [LoggerMessage(1102, LogLevel.Warning, "Waiting for the database: {Reason}")]
    private static partial void LogWaiting(ILogger logger, string reason);

    [LoggerMessage(1103, LogLevel.Critical, "The engine cannot start")]
    private static partial void LogFatal(ILogger logger, Exception error);
}
