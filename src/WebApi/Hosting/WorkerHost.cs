using Torch2Jax.Errors;
using Torch2Jax.Isolation;
using Torch2Jax.Torch;

namespace Torch2Jax.WebApi.Hosting;

/// <summary>The worker processes of the service. The first function that asks for them starts them.</summary>
internal sealed class WorkerHost : IDisposable
{
    private readonly Lock gate = new();
    private Task<SandboxReport?>? probe;

    public WorkerHost(ITorchBackend here, ServiceOptions options)
    {
        var settings = options.Isolation;
        if (settings.Default is not ("" or "none" or "process"))
        {
            throw new StartException(
                $"The setting Isolation:Default is '{settings.Default}'; none, process or nothing was expected."
            );
        }

        if (TorchBackends.HasWorkers && settings.Workers > 0)
        {
            Backend = new IsolatedTorchBackend(
                here,
                new IsolationOptions
                {
                    Workers = settings.Workers,
                    MaxBytes = settings.MaxBytes,
                    Sandbox = settings.Sandbox,
                }
            );
        }
    }

    /// <summary>Runs functions in workers; null where the service has none.</summary>
    public IsolatedTorchBackend? Backend { get; }

    /// <summary><c>off</c>, <c>unused</c>, <c>starting</c>, <c>ready</c> or <c>failed</c>.</summary>
    public string Status =>
        Backend?.State switch
        {
            null => "off",
            { Running: > 0 } => "ready",
            { Failure: not null } => "failed",
            { IsStarted: true } => "starting",
            _ => "unused",
        };

    /// <summary>What a worker was seen to be unable to do; null until one has been asked.</summary>
    public SandboxReport? Protections
    {
        get
        {
            lock (gate)
            {
                if (probe is null or { IsCompleted: true, Result: null } && Status == "ready")
                {
                    probe = Task.Run(Probe);
                }

                return probe is { IsCompleted: true } ? probe.Result : null;
            }
        }
    }

    public void Dispose() => Backend?.Dispose();

    private SandboxReport? Probe()
    {
        try
        {
            return Backend!.Probe();
        }
        catch (EngineException)
        {
            // All of them are busy, or none is there: asked again next time.
            return null;
        }
    }
}
