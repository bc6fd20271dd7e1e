using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Torch2Jax.Errors;
using Torch2Jax.Memory;
using Torch2Jax.Stored;
using Torch2Jax.Torch;

namespace Torch2Jax.Functions;

/// <summary>
/// The engine's facade: every transport registers, looks up and calls functions through it, and through nothing lower.
/// </summary>
public sealed class FunctionService : IAsyncDisposable
{
    private readonly CancellationTokenSource stopping = new();
    private readonly ReferenceResolver references;
    private readonly FunctionRuntime runtime;
    private readonly FunctionTable table;
    private readonly FunctionLoader loader;
    private readonly FunctionRegistrar registrar;
    private readonly RegistryWatcher watcher;
    private readonly ShapeCacheView shapeCacheView;
    private int disposed;

    /// <summary>
    /// Makes a service. It owns neither the backends nor the registry. Functions that ask for isolation run on
    /// <paramref name="isolated"/>, where it is given.
    /// </summary>
    public FunctionService(
        ITorchBackend backend,
        IFunctionRegistry registry,
        FunctionServiceOptions? options = null,
        TimeProvider? time = null,
        ILogger<FunctionService>? logger = null,
        ITorchBackend? isolated = null
    )
    {
        options ??= new FunctionServiceOptions();
        runtime = new FunctionRuntime(
            backend,
            isolated,
            registry,
            options,
            new MemoryBudget(backend, options.MaxMemoryBytes, options.MaxDeviceMemoryBytes),
            time ?? TimeProvider.System,
            logger ?? NullLogger<FunctionService>.Instance
        );
        Arrays = new StoredArrays(
            registry.Arrays,
            options.ArrayCacheBytes,
            options.MaxKnownArrays,
            runtime.Time,
            runtime.Log
        );
        references = new ReferenceResolver(Arrays);
        table = new FunctionTable(options.MaxKnownFunctions);
        loader = new FunctionLoader(table, runtime);
        registrar = new FunctionRegistrar(loader, runtime);
        watcher = new RegistryWatcher(table, loader, runtime);
        shapeCacheView = new ShapeCacheView(table, loader, runtime);
    }

    /// <summary>What shape-cache entries are trusted by: this engine's version and that of the libtorch behind it.</summary>
    public string EngineVersion => runtime.EngineVersion;

    /// <summary>Arrays that are stored once and named in calls.</summary>
    public StoredArrays Arrays { get; }

    /// <summary>The warm-up that <see cref="StartAsync"/> began; it never fails.</summary>
    public Task WarmUp { get; private set; } = Task.CompletedTask;

    /// <summary>Refuses what cannot be <c>name</c> or <c>name@3</c>, without looking whether it is registered.</summary>
    /// <exception cref="EngineException">MalformedRequest.</exception>
    public static void CheckReference(string reference) =>
        FunctionReference.CheckName(FunctionReference.Parse(reference).Name);

    /// <summary>Begins the warm-up in the background.</summary>
    public Task StartAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        WarmUp = Task.Run(() => new WarmUp(loader, runtime, Arrays).RunAsync(stopping.Token), CancellationToken.None);
        return Task.CompletedTask;
    }

    /// <summary>
    /// Registers a function: a new version, or the latest one again where its content is the same. Of a stored array in
    /// an example the shapes alone are kept, as of every other array.
    /// </summary>
    /// <exception cref="EngineException">The function is wrong, or the registry is away.</exception>
    public async Task<Registration> RegisterAsync(
        RegistrationRequest request,
        CancellationToken cancellationToken = default
    )
    {
        if (!ReferenceResolver.HasReferences(request.ExampleArgs, request.ExampleKwargs))
        {
            return await registrar.RegisterAsync(request, cancellationToken).ConfigureAwait(false);
        }

        var given = new ReferenceResolver.Arguments(request.ExampleArgs, request.ExampleKwargs);
        var (example, held) = await references.ResolveAsync(given, cancellationToken).ConfigureAwait(false);
        using var lease = new ResolvedInvocation(new Invocation([]), held);
        return await registrar
            .RegisterAsync(
                request with
                {
                    ExampleArgs = example.Args,
                    ExampleKwargs = example.Kwargs,
                },
                cancellationToken
            )
            .ConfigureAwait(false);
    }

    /// <summary>
    /// Puts stored arrays in the place of a call's references; a call without any comes back as it is. Dispose of the
    /// result when the call has ended.
    /// </summary>
    /// <exception cref="EngineException">ArrayNotFound, Conflict (pinned, and changed since) or RegistryUnavailable.</exception>
    public async ValueTask<ResolvedInvocation> ResolveAsync(
        Invocation call,
        CancellationToken cancellationToken = default
    )
    {
        if (!ReferenceResolver.HasReferences(call.Args, call.Kwargs))
        {
            return new ResolvedInvocation(call, []);
        }

        var given = new ReferenceResolver.Arguments(call.Args, call.Kwargs);
        var (found, held) = await references.ResolveAsync(given, cancellationToken).ConfigureAwait(false);
        return new ResolvedInvocation(call with { Args = found.Args!, Kwargs = found.Kwargs }, held);
    }

    /// <summary>Puts the shapes of stored arrays in the place of a call's references; their content is not read.</summary>
    /// <exception cref="EngineException">ArrayNotFound, Conflict (pinned, and changed since) or RegistryUnavailable.</exception>
    public async ValueTask<Invocation> ResolveShapesAsync(
        Invocation call,
        CancellationToken cancellationToken = default
    )
    {
        if (!ReferenceResolver.HasReferences(call.Args, call.Kwargs))
        {
            return call;
        }

        var given = new ReferenceResolver.Arguments(call.Args, call.Kwargs);
        var found = await references.ResolveShapesAsync(given, cancellationToken).ConfigureAwait(false);
        return call with { Args = found.Args!, Kwargs = found.Kwargs };
    }

    /// <summary>The stored version of <c>name</c> (its latest) or <c>name@3</c>.</summary>
    /// <exception cref="EngineException">FunctionNotFound, VersionNotFound or RegistryUnavailable.</exception>
    public async Task<FunctionVersion> DescribeAsync(string reference, CancellationToken cancellationToken = default)
    {
        var parsed = FunctionReference.Parse(reference);
        return table.TryGet(parsed, out var known)
            ? known.Version
            : await loader.FindAsync(parsed, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The function of <c>name</c> (its latest version) or <c>name@3</c>, compiled.</summary>
    /// <exception cref="EngineException">FunctionNotFound, VersionNotFound, RegistryUnavailable, or it does not compile.</exception>
    public ValueTask<JaxFunction> GetAsync(string reference, CancellationToken cancellationToken = default)
    {
        var parsed = FunctionReference.Parse(reference);
        return table.TryGet(parsed, out var known)
            ? new ValueTask<JaxFunction>(known)
            : new ValueTask<JaxFunction>(loader.LoadAsync(parsed, cancellationToken));
    }

    /// <summary>Latest versions in order of their names.</summary>
    /// <param name="prefix">What names begin with; null for all.</param>
    /// <param name="after">The last name of the page before; null for the first page.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public Task<IReadOnlyList<FunctionVersion>> ListAsync(
        string? prefix,
        string? after,
        int limit,
        CancellationToken cancellationToken = default
    )
    {
        TextCheck.Check(prefix, "prefix");
        TextCheck.Check(after, "cursor");
        return runtime.Registry.ListAsync(prefix, after, limit, cancellationToken);
    }

    /// <summary>All versions of a function, oldest first.</summary>
    /// <exception cref="EngineException">FunctionNotFound or RegistryUnavailable.</exception>
    public async Task<IReadOnlyList<FunctionVersion>> VersionsAsync(
        string name,
        CancellationToken cancellationToken = default
    )
    {
        FunctionReference.CheckName(name);
        var versions = await runtime.Registry.ListVersionsAsync(name, cancellationToken).ConfigureAwait(false);
        return versions.Count > 0 ? versions : throw FunctionLoader.NotFound(name);
    }

    /// <summary>Deletes a function with its versions and its shape cache.</summary>
    /// <exception cref="EngineException">FunctionNotFound or RegistryUnavailable.</exception>
    public async Task DeleteAsync(string name, CancellationToken cancellationToken = default)
    {
        if (name.Contains('@', StringComparison.Ordinal))
        {
            throw new EngineException(
                ErrorCode.MalformedRequest,
                "Versions are never deleted one by one; delete the function by its name alone.",
                "name"
            );
        }

        FunctionReference.CheckName(name);
        var existed = await runtime.Registry.DeleteAsync(name, cancellationToken).ConfigureAwait(false);
        foreach (var function in table.Remove(name))
        {
            function.Retire();
        }

        if (!existed)
        {
            throw FunctionLoader.NotFound(name);
        }

        runtime.Log.Deleted(name);
    }

    /// <summary>The shape cache of <c>name</c> (all its versions) or <c>name@3</c>, most used first.</summary>
    /// <exception cref="EngineException">FunctionNotFound, VersionNotFound or RegistryUnavailable.</exception>
    public Task<IReadOnlyList<ShapeCacheRecord>> ShapeCacheAsync(
        string reference,
        int limit = 1000,
        CancellationToken cancellationToken = default
    ) => shapeCacheView.ListAsync(FunctionReference.Parse(reference), limit, cancellationToken);

    /// <summary>Clears the shape cache of a function, all its versions.</summary>
    /// <returns>How many entries the registry had.</returns>
    public Task<int> ClearShapeCacheAsync(string name, CancellationToken cancellationToken = default) =>
        shapeCacheView.ClearAsync(FunctionReference.Parse(name), cancellationToken);

    /// <summary>Functions that are not called any more because they ended their worker processes.</summary>
    public IReadOnlyList<QuarantinedFunction> Quarantined => runtime.Quarantine.All;

    /// <summary>Why <c>name@3</c> is not called; null where it is.</summary>
    public QuarantinedFunction? QuarantineOf(FunctionVersion version) =>
        runtime.Quarantine.Find($"{version.Name}@{version.Version}");

    /// <summary>Lets <c>name</c> (all its versions) or <c>name@3</c> be called again.</summary>
    /// <returns>How many versions were in quarantine.</returns>
    public int Release(string reference)
    {
        CheckReference(reference);
        return runtime.Quarantine.Release(FunctionReference.Parse(reference));
    }

    /// <summary>The devices that functions run on, with what calls use of their memory.</summary>
    public IReadOnlyList<DeviceInfo> Devices =>
        [.. runtime.Backend.Devices.Select(device => runtime.Memory.Describe(device, runtime.Isolated))];

    /// <summary>Calls that found too little memory, by device, since the service was made.</summary>
    public IReadOnlyList<MemoryRefusals> MemoryRefusals =>
        [
            .. runtime.Memory.Devices.Select(device => new MemoryRefusals(
                device.Name,
                device.TooLarge,
                device.Overloaded
            )),
        ];

    /// <summary>Whether a function is compiled now.</summary>
    public bool IsLoaded(string reference) =>
        table.TryGet(FunctionReference.Parse(reference), out var known) && known.IsLoaded;

    /// <summary>Frees what is compiled of a function; it stays registered and is compiled again at its next use.</summary>
    /// <returns>Whether anything was compiled.</returns>
    public bool Unload(string reference)
    {
        var parsed = FunctionReference.Parse(reference);
        var unloaded = false;
        foreach (var function in table.VersionsOf(parsed.Name))
        {
            unloaded |= (parsed.Version is null || function.Version.Version == parsed.Version) && function.Unload();
        }

        return unloaded;
    }

    /// <summary>Hands what was counted to the registry, and frees what is compiled.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, 1) != 0)
        {
            return;
        }

        await stopping.CancelAsync().ConfigureAwait(false);
        await WarmUp.ConfigureAwait(false);
        await watcher.DisposeAsync().ConfigureAwait(false);
        await Arrays.DisposeAsync().ConfigureAwait(false);
        runtime.Dispose();
        foreach (var function in table.All)
        {
            function.Retire();
        }

        stopping.Dispose();
    }
}
