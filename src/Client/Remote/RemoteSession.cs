using System.Globalization;
using Torch2Jax.Functions;
using Torch2Jax.Torch;

namespace Torch2Jax.Client;

/// <summary>Functions that a service runs, over its REST API; contents of arrays and archives are sent there.</summary>
/// <remarks>
/// The key goes to the service's own address alone: redirects are not followed, and certificates are always checked.
/// Over plain http to another machine anybody on the way can read it.
/// </remarks>
public sealed class RemoteSession : IFunctionSession
{
    private const int PageSize = 200;
    private const string Functions = "api/functions";

    private readonly ServiceConnection service;

    private RemoteSession(ServiceConnection service, CancellationToken cancellationToken)
    {
        this.service = service;
        Batches = new RemoteBatches(service);
        Schedules = new RemoteSchedules(service);
        Arrays = new RemoteArrays(service);
        using var answer = service.Get("api/devices", cancellationToken);
        var root = answer.Root;
        Info = new SessionInfo(
            SessionKind.Remote,
            service.Address.ToString(),
            ClientVersion.Text,
            answer.Read(() => root.GetProperty("libtorch").GetString()!),
            answer.Read(() => root.GetProperty("threads").GetInt32()),
            [.. DevicesOf(answer).Select(device => device.Name)]
        )
        {
            Protections = answer.Read(() =>
                root.TryGetProperty("protections", out var names)
                    ? names.EnumerateArray().Select(name => name.GetString()!).ToArray()
                    : []
            ),
        };
    }

    /// <inheritdoc/>
    public SessionInfo Info { get; }

    /// <inheritdoc/>
    public IBatches Batches { get; }

    /// <inheritdoc/>
    public ISchedules? Schedules { get; }

    /// <inheritdoc/>
    public IStoredArrays Arrays { get; }

    /// <summary>Connects to a service and asks it what it runs on.</summary>
    /// <param name="address">Its address, <c>https://torch2jax.example</c>; a path before <c>/api</c> is kept.</param>
    /// <param name="apiKey">The key; null where the service needs none.</param>
    /// <param name="options">Times; null for the defaults.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ArgumentException">The address is no http or https address, or the key can be none.</exception>
    /// <exception cref="SessionException">Nothing answers there, or something else than the service.</exception>
    /// <exception cref="ServiceException">The service refuses, for want of a valid key above all.</exception>
    public static RemoteSession Open(
        Uri address,
        string? apiKey = null,
        RemoteSessionOptions? options = null,
        CancellationToken cancellationToken = default
    )
    {
        var service = new ServiceConnection(address, apiKey, options ?? new RemoteSessionOptions());
        try
        {
            return new RemoteSession(service, cancellationToken);
        }
        catch
        {
            service.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public RegisteredFunction Register(RegistrationRequest request, CancellationToken cancellationToken = default)
    {
        using var answer = request.Archive is { } archive
            ? service.Post(ArchiveAddress.Of(request), RequestBody.Bytes(archive), null, cancellationToken)
            : service.Post(
                Functions,
                RequestBody.Json(json => RegistrationJson.Write(json, request)),
                null,
                cancellationToken
            );
        return new RegisteredFunction(answer.Read(() => FunctionReader.Read(answer.Root)), answer.Status == 201);
    }

    /// <inheritdoc/>
    public FunctionSummary Describe(string reference, CancellationToken cancellationToken = default)
    {
        using var answer = service.Get(Path(reference), cancellationToken);
        return answer.Read(() => FunctionReader.Read(answer.Root));
    }

    /// <inheritdoc/>
    public IEnumerable<FunctionSummary> List(string? prefix = null, CancellationToken cancellationToken = default)
    {
        var query = $"{Functions}?limit={PageSize}";
        if (!string.IsNullOrEmpty(prefix))
        {
            query += "&prefix=" + Uri.EscapeDataString(prefix);
        }

        string? cursor = null;
        do
        {
            var from = cursor is null ? query : $"{query}&cursor={Uri.EscapeDataString(cursor)}";
            using var answer = service.Get(from, cancellationToken);
            var page = answer.Read(() => FunctionReader.ReadAll(answer.Root.GetProperty("functions")));
            cursor = answer.Read(() => answer.Root.GetProperty("nextCursor").GetString());
            foreach (var function in page)
            {
                yield return function;
            }
        } while (cursor is not null);
    }

    /// <inheritdoc/>
    public IReadOnlyList<FunctionSummary> Versions(string name, CancellationToken cancellationToken = default)
    {
        using var answer = service.Get(Path(name) + "/versions", cancellationToken);
        return answer.Read(() => FunctionReader.ReadAll(answer.Root.GetProperty("versions")));
    }

    /// <inheritdoc/>
    public FunctionSource Source(string reference, CancellationToken cancellationToken = default)
    {
        var function = Describe(reference, cancellationToken);
        using var answer = service.Get(Path(function.Reference) + "/source", cancellationToken);
        return function.IsArchive
            ? new FunctionSource(function.Reference, function.Entry, null, answer.Bytes)
            : new FunctionSource(
                function.Reference,
                function.Entry,
                answer.Read(() => answer.Root.GetProperty("source").GetString()),
                null
            );
    }

    /// <inheritdoc/>
    public void Delete(string name, CancellationToken cancellationToken = default) =>
        service.Delete(Path(name), cancellationToken).Dispose();

    /// <inheritdoc/>
    public InvocationResult Invoke(string reference, Invocation call, CancellationToken cancellationToken = default)
    {
        using var answer = Send(reference, "invoke", call, shapesOnly: false, cancellationToken);
        return answer.Read(() => InvocationAnswer.Read(answer.Bytes));
    }

    /// <inheritdoc/>
    public EvalShapeResult EvalShape(string reference, Invocation call, CancellationToken cancellationToken = default)
    {
        using var answer = Send(reference, "eval-shape", call, shapesOnly: true, cancellationToken);
        return answer.Read(() => InvocationAnswer.ReadShapes(answer.Bytes));
    }

    /// <inheritdoc/>
    public IReadOnlyList<ShapeCacheEntry> ShapeCache(string reference, CancellationToken cancellationToken = default)
    {
        using var answer = service.Get(Path(reference) + "/shape-cache", cancellationToken);
        var name = reference.Split('@')[0];
        return answer.Read(() => FunctionReader.ReadShapeCache(answer.Root.GetProperty("entries"), name));
    }

    /// <inheritdoc/>
    public int ClearShapeCache(string name, CancellationToken cancellationToken = default)
    {
        using var answer = service.Delete(Path(name) + "/shape-cache", cancellationToken);
        return answer.Read(() => int.Parse(answer.Header("Torch2Jax-Cleared"), CultureInfo.InvariantCulture));
    }

    /// <inheritdoc/>
    public IReadOnlyList<DeviceInfo> Devices(CancellationToken cancellationToken = default)
    {
        using var answer = service.Get("api/devices", cancellationToken);
        return DevicesOf(answer);
    }

    /// <summary>Closes the connections.</summary>
    public void Dispose() => service.Dispose();

    private static DeviceInfo[] DevicesOf(ServiceAnswer answer) =>
        answer.Read<DeviceInfo[]>(() =>
            [.. answer.Root.GetProperty("devices").EnumerateArray().Select(DeviceReader.Read)]
        );

    // Checked here, for a name that no function can have might be another address, as '..' would.
    private static string Path(string reference)
    {
        FunctionService.CheckReference(reference);
        return $"{Functions}/{Uri.EscapeDataString(reference)}";
    }

    private ServiceAnswer Send(
        string reference,
        string verb,
        Invocation call,
        bool shapesOnly,
        CancellationToken cancellationToken
    ) =>
        service.Post(
            $"{Path(reference)}/{verb}",
            RequestBody.Json(json => InvocationJson.Write(json, call, shapesOnly), InvocationJson.Estimate(call)),
            call.Timeout,
            cancellationToken
        );
}
