using System.Threading.Channels;
using Torch2Jax.Errors;

namespace Torch2Jax.Functions;

/// <summary>
/// Follows the registry's changes in the background: calls of known functions never wait for the database, and use a new
/// version as soon as it is loaded.
/// </summary>
internal sealed class RegistryWatcher : IAsyncDisposable
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly Channel<string> changed = Channel.CreateUnbounded<string>(
        new UnboundedChannelOptions { SingleReader = true }
    );
    private readonly CancellationTokenSource stopping = new();
    private readonly FunctionTable table;
    private readonly FunctionLoader loader;
    private readonly FunctionRuntime runtime;
    private readonly Task following;

    public RegistryWatcher(FunctionTable table, FunctionLoader loader, FunctionRuntime runtime)
    {
        this.table = table;
        this.loader = loader;
        this.runtime = runtime;
        runtime.Registry.Changed += OnChanged;
        following = Task.Run(FollowAsync);
    }

    public async ValueTask DisposeAsync()
    {
        runtime.Registry.Changed -= OnChanged;
        changed.Writer.TryComplete();
        await stopping.CancelAsync().ConfigureAwait(false);
        await following.ConfigureAwait(false);
        stopping.Dispose();
    }

    // On a thread of the registry's own: only notes what is to be looked at.
    private void OnChanged(FunctionChange change)
    {
        foreach (var name in change.Name is { } one ? [one] : table.Names)
        {
            changed.Writer.TryWrite(name);
        }
    }

    private async Task FollowAsync()
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        try
        {
            while (await WaitAsync(retry: names.Count > 0).ConfigureAwait(false))
            {
                while (changed.Reader.TryRead(out var name))
                {
                    names.Add(name);
                }

                await LookAgainAsync(names).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The service ends.
        }
    }

    // Names that could not be looked at wait for the registry, or for the next change.
    private async Task<bool> WaitAsync(bool retry)
    {
        var next = changed.Reader.WaitToReadAsync(stopping.Token).AsTask();
        if (!retry)
        {
            return await next.ConfigureAwait(false);
        }

        var pause = Task.Delay(RetryAfter, runtime.Time, stopping.Token);
        return await Task.WhenAny(next, pause).ConfigureAwait(false) == pause || await next.ConfigureAwait(false);
    }

    private async Task LookAgainAsync(HashSet<string> names)
    {
        foreach (var name in names.ToArray())
        {
            try
            {
                await LookAgainAsync(name).ConfigureAwait(false);
            }
            catch (EngineException error) when (error.Code == ErrorCode.RegistryUnavailable)
            {
                // Known functions go on answering; this and the rest is looked at when it is back.
                runtime.Log.RegistryAway(name, error);
                return;
            }

            names.Remove(name);
        }
    }

    private async Task LookAgainAsync(string name)
    {
        if (table.VersionsOf(name).Count == 0)
        {
            return;
        }

        runtime.Log.Changed(name);
        var latest = await runtime.Registry.FindAsync(name, null, stopping.Token).ConfigureAwait(false);
        if (latest is null)
        {
            Drop(table.Remove(name));
            return;
        }

        await DropDeletedAsync(name, latest.Version).ConfigureAwait(false);
        try
        {
            await loader.MakeAsync(latest, isLatest: true, stopping.Token).ConfigureAwait(false);
        }
        catch (EngineException error) when (error.Code != ErrorCode.RegistryUnavailable)
        {
            // The next call finds out why, and says so to its caller.
            runtime.Log.LoadFailed(name, error);
            Drop(table.Remove(name));
        }
    }

    // A name that was deleted and registered again has none of its old versions.
    private async Task DropDeletedAsync(string name, int latest)
    {
        foreach (var function in table.VersionsOf(name))
        {
            var number = function.Version.Version;
            if (
                number < latest
                && await runtime.Registry.FindAsync(name, number, stopping.Token).ConfigureAwait(false) is null
            )
            {
                Drop(table.Remove(name, number) is { } removed ? [removed] : []);
            }
        }
    }

    private static void Drop(IEnumerable<JaxFunction> functions)
    {
        foreach (var function in functions)
        {
            function.Retire();
        }
    }
}
