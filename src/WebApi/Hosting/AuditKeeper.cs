using Torch2Jax.Errors;

namespace Torch2Jax.WebApi.Hosting;

/// <summary>Forgets changes that are older than the setting Audit:KeepDays, once a day.</summary>
internal sealed partial class AuditKeeper(EngineHost engine, ServiceOptions options, ILogger<AuditKeeper> logger)
    : BackgroundService
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Audit.KeepDays <= 0)
        {
            return;
        }

        while (!stoppingToken.IsCancellationRequested)
        {
            var done = await TryForgetAsync(stoppingToken);
            await Task.Delay(done ? Day : Pause, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<bool> TryForgetAsync(CancellationToken cancellationToken)
    {
        try
        {
            var days = TimeSpan.FromDays(options.Audit.KeepDays);
            if (await engine.Store.Audit.ForgetAsync(days, cancellationToken) is > 0 and var gone)
            {
                LogForgotten(logger, gone, options.Audit.KeepDays);
            }

            return true;
        }
        catch (EngineException error) when (error.Code is ErrorCode.NotReady or ErrorCode.RegistryUnavailable)
        {
            return false;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    [LoggerMessage(1331, LogLevel.Information, "{Count} entries of the audit are older than {Days} days and forgotten")]
    private static partial void LogForgotten(ILogger logger, int count, int days);
}
