using Torch2Jax.Errors;
using Torch2Jax.Functions;
using Torch2Jax.Isolation;
using Torch2Jax.Registry;
using Torch2Jax.Torch;

namespace Torch2Jax.Client;

/// <summary>The engine's parts, opened and closed together.</summary>
internal sealed class EngineParts
{
    // No process is started before a function asks for it.
    private readonly IsolatedTorchBackend? workers;

    private EngineParts(
        ITorchBackend backend,
        IsolatedTorchBackend? workers,
        PostgresRegistry registry,
        FunctionService service
    )
    {
        Backend = backend;
        this.workers = workers;
        Registry = registry;
        Service = service;
    }

    public ITorchBackend Backend { get; }

    public PostgresRegistry Registry { get; }

    public FunctionService Service { get; }

    public static EngineParts Open(InProcessSessionOptions options, CancellationToken cancellationToken)
    {
        // libtorch takes as long to load as the database to answer: side by side.
        var loading = Task.Run(TorchBackends.Create, CancellationToken.None);
        PostgresRegistry? registry = null;
        try
        {
            registry = OpenRegistry(options, cancellationToken);
            var backend = Loaded(loading);
            var engine = new FunctionServiceOptions();
            if (!options.WarmUp)
            {
                engine = engine with { WarmUpPerFunction = 0, WarmUpTotal = 0 };
            }

            var workers =
                TorchBackends.HasWorkers && options.Workers > 0
                    ? new IsolatedTorchBackend(backend, new IsolationOptions { Workers = options.Workers })
                    : null;
            var service = new FunctionService(backend, registry, engine, isolated: workers);
            service.StartAsync(CancellationToken.None).GetAwaiter().GetResult();
            return new EngineParts(backend, workers, registry, service);
        }
        catch
        {
            registry?.DisposeAsync().AsTask().GetAwaiter().GetResult();
            loading.ContinueWith(
                done => done.Result.Dispose(),
                CancellationToken.None,
                TaskContinuationOptions.OnlyOnRanToCompletion,
                TaskScheduler.Default
            );
            throw;
        }
    }

    /// <param name="idle">Whether no call runs any more; while one does, libtorch stays loaded.</param>
    public void Dispose(bool idle)
    {
        Service.DisposeAsync().AsTask().GetAwaiter().GetResult();
        workers?.Dispose();
        Registry.DisposeAsync().AsTask().GetAwaiter().GetResult();
        if (idle)
        {
            Backend.Dispose();
        }
    }

    private static PostgresRegistry OpenRegistry(InProcessSessionOptions options, CancellationToken cancellationToken)
    {
        try
        {
            var registryOptions = new RegistryOptions(options.ConnectionString, options.DataDirectory, options.Schema);
            return Task.Run(
                    () => PostgresRegistry.OpenAsync(registryOptions, options.LoggerFactory, cancellationToken),
                    cancellationToken
                )
                .GetAwaiter()
                .GetResult();
        }
        catch (RegistrySetupException error)
        {
            throw new SessionException(SessionFailure.DatabaseUnusable, error.Message, error);
        }
    }

    private static ITorchBackend Loaded(Task<ITorchBackend> loading)
    {
        try
        {
            return loading.GetAwaiter().GetResult();
        }
        catch (Exception error) when (error is DllNotFoundException or BadImageFormatException or EngineException)
        {
            throw new SessionException(SessionFailure.NativeLibraryUnusable, error.Message, error);
        }
    }
}
