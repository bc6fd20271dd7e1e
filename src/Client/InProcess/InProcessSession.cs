using Torch2Jax.Errors;
using Torch2Jax.Functions;
using Torch2Jax.Registry;
using Torch2Jax.Torch;

namespace Torch2Jax.Client;

/// <summary>Functions that run in this process: its own libtorch, over the registry in PostgreSQL.</summary>
public sealed class InProcessSession : IFunctionSession
{
    private const int PageSize = 200;
    private const int MostCacheEntries = 1000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly EngineParts parts;
    private readonly CancellableCalls calls = new();

    private InProcessSession(EngineParts parts, InProcessSessionOptions options)
    {
        this.parts = parts;
        Batches = new InProcessBatches(parts, calls, options.LoggerFactory);
        Arrays = new InProcessArrays(parts.Service.Arrays, calls);
        Info = new SessionInfo(
            SessionKind.InProcess,
            DatabaseWords.Of(options, parts.Registry.Address),
            ClientVersion.Text,
            parts.Backend.LibtorchVersion,
            parts.Backend.Threads,
            [.. parts.Backend.Devices.Select(device => device.Name)]
        );
    }

    /// <inheritdoc/>
    public SessionInfo Info { get; }

    /// <inheritdoc/>
    public IBatches Batches { get; }

    /// <inheritdoc/>
    public ISchedules? Schedules => null;

    /// <inheritdoc/>
    public IStoredArrays Arrays { get; }

    private FunctionService Service => parts.Service;

    /// <summary>Loads libtorch and opens the registry, starting the private server where there is no other.</summary>
    /// <exception cref="SessionException">The database or the native library cannot be used.</exception>
    /// <exception cref="EngineException">RegistryUnavailable: the database does not answer.</exception>
    public static InProcessSession Open(
        InProcessSessionOptions? options = null,
        CancellationToken cancellationToken = default
    )
    {
        options ??= new InProcessSessionOptions();
        return new InProcessSession(EngineParts.Open(options, cancellationToken), options);
    }

    /// <inheritdoc/>
    public RegisteredFunction Register(RegistrationRequest request, CancellationToken cancellationToken = default)
    {
        var registration = calls.Wait(token => Service.RegisterAsync(request, token), cancellationToken);
        return new RegisteredFunction(Summaries.Of(registration.Version), registration.Created);
    }

    /// <inheritdoc/>
    public FunctionSummary Describe(string reference, CancellationToken cancellationToken = default) =>
        Summaries.Of(calls.Wait(token => Service.DescribeAsync(reference, token), cancellationToken));

    /// <inheritdoc/>
    public IEnumerable<FunctionSummary> List(string? prefix = null, CancellationToken cancellationToken = default)
    {
        string? after = null;
        while (true)
        {
            var from = after;
            var page = calls.Wait(token => Service.ListAsync(prefix, from, PageSize, token), cancellationToken);
            foreach (var version in page)
            {
                yield return Summaries.Of(version);
            }

            if (page.Count < PageSize)
            {
                yield break;
            }

            after = page[^1].Name;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<FunctionSummary> Versions(string name, CancellationToken cancellationToken = default) =>
        [.. calls.Wait(token => Service.VersionsAsync(name, token), cancellationToken).Select(Summaries.Of)];

    /// <inheritdoc/>
    public FunctionSource Source(string reference, CancellationToken cancellationToken = default)
    {
        var version = calls.Wait(token => Service.DescribeAsync(reference, token), cancellationToken);
        return new FunctionSource(
            $"{version.Name}@{version.Version}",
            version.Content.Entry,
            version.Content.Source,
            version.Content.Archive
        );
    }

    /// <inheritdoc/>
    public void Delete(string name, CancellationToken cancellationToken = default) =>
        calls.Wait(
            async token =>
            {
                await Service.DeleteAsync(name, token).ConfigureAwait(false);
                return true;
            },
            cancellationToken
        );

    /// <inheritdoc/>
    public InvocationResult Invoke(string reference, Invocation call, CancellationToken cancellationToken = default)
    {
        var function = Function(reference, cancellationToken);
        return calls.Run(function, call, Invoke, cancellationToken);
    }

    /// <inheritdoc/>
    public EvalShapeResult EvalShape(string reference, Invocation call, CancellationToken cancellationToken = default)
    {
        var function = Function(reference, cancellationToken);
        return calls.Run(function, call, EvalShape, cancellationToken);
    }

    /// <inheritdoc/>
    public IReadOnlyList<ShapeCacheEntry> ShapeCache(string reference, CancellationToken cancellationToken = default) =>
        [
            .. calls
                .Wait(token => Service.ShapeCacheAsync(reference, MostCacheEntries, token), cancellationToken)
                .Select(Summaries.Of),
        ];

    /// <inheritdoc/>
    public int ClearShapeCache(string name, CancellationToken cancellationToken = default) =>
        calls.Wait(token => Service.ClearShapeCacheAsync(name, token), cancellationToken);

    /// <inheritdoc/>
    public IReadOnlyList<DeviceInfo> Devices(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        calls.ThrowIfEnded();
        return Service.Devices;
    }

    /// <summary>
    /// Waits for calls that run (ten seconds at most: one that never ends keeps its memory), writes what is queued for the
    /// registry, and frees what is compiled.
    /// </summary>
    public void Dispose()
    {
        if (calls.End())
        {
            var all = calls.WaitForLast(Patience);
            parts.Dispose(all);
            if (all)
            {
                calls.Dispose();
            }
        }
    }

    // Stored arrays stay in memory until the call has ended, also where nobody waits for it any more.
    private InvocationResult Invoke(JaxFunction function, Invocation call)
    {
        var found = Service.ResolveAsync(call);
        using var resolved = found.IsCompletedSuccessfully ? found.Result : found.AsTask().GetAwaiter().GetResult();
        return function.Invoke(resolved.Invocation);
    }

    private EvalShapeResult EvalShape(JaxFunction function, Invocation call)
    {
        var found = Service.ResolveShapesAsync(call);
        return function.EvalShape(
            found.IsCompletedSuccessfully ? found.Result : found.AsTask().GetAwaiter().GetResult()
        );
    }

    private JaxFunction Function(string reference, CancellationToken cancellationToken)
    {
        calls.ThrowIfEnded();
        var found = Service.GetAsync(reference, cancellationToken);
        return found.IsCompletedSuccessfully ? found.Result : calls.Wait(_ => found.AsTask(), cancellationToken);
    }
}
