using System.Diagnostics.CodeAnalysis;
using Torch2Jax.Errors;
using Torch2Jax.Registry.Keys;
using Torch2Jax.WebApi.Hosting;

namespace Torch2Jax.WebApi.Security;

/// <summary>
/// The keys in memory. They are read when the database is first reached and whenever it says that they changed; while it is
/// away those known go on to hold, and no others do.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "StopAsync ends it; what is left holds nothing.")]
internal sealed partial class KeyRing(ServiceOptions options, ILogger<KeyRing> logger)
{
    private static readonly TimeSpan WritePause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(250);

    private readonly SemaphoreSlim reading = new(1);
    private readonly SemaphoreSlim changed = new(0, 1);
    private readonly CancellationTokenSource stop = new();
    private IApiKeyStore? store;
    private Task loops = Task.CompletedTask;
    private volatile KeySet? keys;

    /// <summary>The keys; null before they were read for the first time.</summary>
    public KeySet? Keys => keys;

    /// <summary>Reads the keys and follows their changes from now on. Called again after a failure.</summary>
    /// <exception cref="EngineException">RegistryUnavailable.</exception>
    public async Task AttachAsync(IApiKeyStore from, CancellationToken cancellationToken)
    {
        if (store is null)
        {
            store = from;
            from.Changed += OnChanged;
        }

        await ReloadAsync(cancellationToken);
        if (loops.IsCompleted)
        {
            loops = Task.WhenAll(
                Task.Run(FollowAsync, CancellationToken.None),
                Task.Run(WriteUsesAsync, CancellationToken.None)
            );
        }
    }

    /// <summary>Reads the keys now, so that a change made here holds here before it is answered.</summary>
    public async Task ReloadAsync(CancellationToken cancellationToken)
    {
        await reading.WaitAsync(cancellationToken);
        try
        {
            var known = await store!.LoadAsync(cancellationToken);
            var before = keys;
            keys = KeySet.Of(known, before, options.Security.RatePerMinute);
            if (before?.Count != known.Count)
            {
                LogKeys(logger, known.Count);
            }
        }
        finally
        {
            reading.Release();
        }
    }

    /// <summary>Ends following, and writes the last uses.</summary>
    public async Task StopAsync()
    {
        if (store is not null)
        {
            store.Changed -= OnChanged;
        }

        await stop.CancelAsync();
        await loops;
    }

    private void OnChanged()
    {
        try
        {
            changed.Release();
        }
        catch (SemaphoreFullException)
        {
            // Somebody said so already, and it was not looked at yet.
        }
    }

    private async Task FollowAsync()
    {
        while (true)
        {
            try
            {
                await changed.WaitAsync(stop.Token);
                await ReloadAsync(stop.Token);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (EngineException)
            {
                // The database went away in between: the change must not be missed.
                OnChanged();
                await Task.Delay(RetryPause, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task WriteUsesAsync()
    {
        while (!stop.IsCancellationRequested)
        {
            await Task.Delay(WritePause, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var used = keys!
                .All.Select(key => (Key: key, At: key.TakeUse()))
                .Where(use => use.At is not null)
                .ToArray();
            if (used.Length == 0)
            {
                continue;
            }

            try
            {
                using var limit = new CancellationTokenSource(WritePause);
                await store!.RecordUsesAsync([.. used.Select(use => (use.Key.Key.Id, use.At!.Value))], limit.Token);
            }
            catch (Exception error) when (error is EngineException or OperationCanceledException)
            {
                // Lost where the service ends before the database is back: it says when, not who.
                foreach (var (key, _) in used)
                {
                    key.KeepUse();
                }
            }
        }
    }

    [LoggerMessage(1201, LogLevel.Information, "{Count} API key(s) hold")]
    private static partial void LogKeys(ILogger logger, int count);
}
