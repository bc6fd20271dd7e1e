using System.Threading.Channels;
using Torch2Jax.Errors;

namespace Torch2Jax.Functions;

/// <summary>
/// Follows the registry's changes in the background: calls of known functions never wait for the database, and use a new
/// version as soon as it is loaded.
/// </summary>
internal sealed class RegistryWatcher : IAsyncDisposable
{
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
            while (await changed.Reader.WaitToReadAsync(stopping.Token).ConfigureAwait(false))
            {
                while (changed.Reader.TryRead(out var name))
                {
                    names.Add(name);
                }

                foreach (var name in names)
                {
                    await LookAgainAsync(name).ConfigureAwait(false);
                }

                names.Clear();
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The service ends.
        }
    }

    private async Task LookAgainAsync(string name)
    {
        if (table.VersionsOf(name).Count == 0)
        {
            return;
        }

        runtime.Log.Changed(name);
        try
        {
            var latest = await runtime.Registry.FindAsync(name, null, stopping.Token).ConfigureAwait(false);
            if (latest is null)
            {
                Drop(table.Remove(name));
                return;
            }

            await DropDeletedAsync(name, latest.Version).ConfigureAwait(false);
            await loader.MakeAsync(latest, isLatest: true, stopping.Token).ConfigureAwait(false);
        }
        catch (EngineException error) when (error.Code == ErrorCode.RegistryUnavailable)
        {
            // When it is back it says that changes may have been missed, and all is looked at again.
            runtime.Log.RegistryAway(name, error);
        }
        catch (EngineException error)
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
            if (number < latest && await runtime.Registry.FindAsync(name, number, stopping.Token).ConfigureAwait(false) is null)
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
