using Microsoft.AspNetCore.Connections;
using Torch2Jax.Errors;
using Torch2Jax.Torch;

namespace Torch2Jax.WebApi.Hosting;

/// <summary>Runs the service until it is told to stop, and says in one line why it could not.</summary>
internal static class ServiceRun
{
    /// <summary>Loads the native library before anything listens: without it there is no service.</summary>
    public static void LoadEngine(this WebApplication app)
    {
        try
        {
            _ = app.Services.GetRequiredService<ITorchBackend>();
        }
        catch (Exception error) when (error is EngineException or DllNotFoundException)
        {
            throw new StartException(error.Message);
        }
    }

    public static async Task<int> RunAsync(WebApplication app)
    {
        // Asked for now: when the run has ended, a host that runs it for tests may have taken the services down.
        var host = app.Services.GetRequiredService<EngineHost>();
        try
        {
            await app.StartAsync();
        }
        catch (IOException error) when (error.InnerException is AddressInUseException)
        {
            throw new StartException(
                $"{error.Message.TrimEnd('.')}. Another process listens there; stop it, or choose another address with --urls http://127.0.0.1:PORT."
            );
        }

        await app.WaitForShutdownAsync();
        return host.FatalReason is { } reason ? throw new StartException(reason) : 0;
    }
}
