using System.Collections.Concurrent;
using Torch2Jax.Encoding;
using Torch2Jax.Errors;

namespace Torch2Jax.Functions;

/// <summary>Brings functions from the registry into the table: compiled, and with the shapes that were cached for them.</summary>
internal sealed class FunctionLoader(FunctionTable table, FunctionRuntime runtime)
{
    private readonly ConcurrentDictionary<FunctionReference, Task<JaxFunction>> loading = new();

    /// <summary>The function of a reference, loaded once however many ask for it at the same time.</summary>
    /// <exception cref="EngineException">FunctionNotFound, VersionNotFound, RegistryUnavailable, or it does not compile.</exception>
    public async Task<JaxFunction> LoadAsync(FunctionReference reference, CancellationToken cancellationToken)
    {
        // The work goes on for the others where one of its callers gives up.
        var source = new TaskCompletionSource<JaxFunction>(TaskCreationOptions.RunContinuationsAsynchronously);
        var work = loading.GetOrAdd(reference, source.Task);
        if (ReferenceEquals(work, source.Task))
        {
            _ = CompleteAsync(reference, source);
        }

        return await work.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The stored version of a reference.</summary>
    public async Task<FunctionVersion> FindAsync(FunctionReference reference, CancellationToken cancellationToken)
    {
        FunctionReference.CheckName(reference.Name);
        var found = await runtime
            .Registry.FindAsync(reference.Name, reference.Version, cancellationToken)
            .ConfigureAwait(false);
        if (found is not null)
        {
            return found;
        }

        var exists =
            reference.Version is not null
            && await runtime.Registry.ExistsAsync(reference.Name, cancellationToken).ConfigureAwait(false);
        throw exists
            ? new EngineException(
                ErrorCode.VersionNotFound,
                $"Function '{reference.Name}' has no version {reference.Version}."
            )
            : NotFound(reference.Name);
    }

    /// <summary>Makes a stored version callable.</summary>
    public async Task<JaxFunction> MakeAsync(
        FunctionVersion version,
        bool isLatest,
        CancellationToken cancellationToken
    )
    {
        if (table.TryGet(new FunctionReference(version.Name, version.Version), out var known))
        {
            return table.Add(known, isLatest);
        }

        var code = CompiledCode.Compile(
            runtime.BackendOf(version.Details.Isolation),
            version.Content,
            runtime.Options.MaxProgramsPerFunction
        );
        try
        {
            var definition = FunctionDefinition.Of(code.Schema, version.Content);
            return await AddAsync(version, definition, code, isLatest, isNew: false, cancellationToken)
                .ConfigureAwait(false);
        }
        catch
        {
            code.Dispose();
            throw;
        }
    }

    /// <summary>Puts a compiled version into the table; the table's own stays where it has one. Takes the code over.</summary>
    public async Task<JaxFunction> AddAsync(
        FunctionVersion version,
        FunctionDefinition definition,
        CompiledCode code,
        bool isLatest,
        bool isNew,
        CancellationToken cancellationToken
    )
    {
        var made = new JaxFunction(version, definition, code, runtime);
        if (!isNew)
        {
            await RestoreShapesAsync(made, cancellationToken).ConfigureAwait(false);
        }

        var added = table.Add(made, isLatest);
        if (ReferenceEquals(added, made))
        {
            runtime.Budget.Add(made.Code);
        }
        else
        {
            made.Retire();
        }

        return added;
    }

    /// <summary>The error for a name that is not registered.</summary>
    public static EngineException NotFound(string name) =>
        new(ErrorCode.FunctionNotFound, $"No function '{name}' is registered.");

    private async Task CompleteAsync(FunctionReference reference, TaskCompletionSource<JaxFunction> source)
    {
        await Task.Yield();
        try
        {
            var version = await FindAsync(reference, CancellationToken.None).ConfigureAwait(false);
            var function = await MakeAsync(version, reference.Version is null, CancellationToken.None)
                .ConfigureAwait(false);
            loading.TryRemove(reference, out _);
            source.SetResult(function);
        }
        catch (Exception error)
        {
            // It is thrown where the function was asked for.
            loading.TryRemove(reference, out _);
            source.SetException(error);
        }
    }

    private async Task RestoreShapesAsync(JaxFunction function, CancellationToken cancellationToken)
    {
        IReadOnlyList<ShapeCacheRecord> records;
        try
        {
            records = await runtime
                .Registry.LoadShapeCacheAsync(
                    function.Version.Name,
                    function.Version.Version,
                    runtime.Options.MaxShapesPerFunction,
                    cancellationToken
                )
                .ConfigureAwait(false);
        }
        catch (EngineException error) when (error.Code == ErrorCode.RegistryUnavailable)
        {
            runtime.Log.ShapeCacheUnread(function.Reference, error);
            return;
        }

        foreach (var record in records)
        {
            Restore(function, record);
        }
    }

    private void Restore(JaxFunction function, ShapeCacheRecord record)
    {
        if (!string.Equals(record.EngineVersion, runtime.EngineVersion, StringComparison.Ordinal))
        {
            runtime.Log.EntryNotTrusted(function.Reference, record.Key.ShapeKey, "another engine made it");
            return;
        }

        try
        {
            function.ShapeCache.Add(ShapeEntry.Restore(record, TreeJson.ReadShapes(record.OutputShapes)));
        }
        catch (EngineException error)
        {
            runtime.Log.EntryNotTrusted(function.Reference, record.Key.ShapeKey, error.Message);
        }
    }
}
