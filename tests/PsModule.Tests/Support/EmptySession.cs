using Torch2Jax.Client;
using Torch2Jax.Functions;
using Torch2Jax.Torch;

namespace Torch2Jax.PsModule.Tests.Support;

/// <summary>A session without functions, for tests of who holds it.</summary>
internal sealed class EmptySession : IFunctionSession
{
    public bool IsDisposed { get; private set; }

    public SessionInfo Info { get; } = new(SessionKind.InProcess, "nowhere", "0", "0", 1, ["cpu"]);

    public IBatches Batches => throw Empty();

    public ISchedules? Schedules => null;

    public IStoredArrays Arrays => throw Empty();

    public void Dispose() => IsDisposed = true;

    public RegisteredFunction Register(RegistrationRequest request, CancellationToken cancellationToken = default) =>
        throw Empty();

    public FunctionSummary Describe(string reference, CancellationToken cancellationToken = default) => throw Empty();

    public IEnumerable<FunctionSummary> List(string? prefix = null, CancellationToken cancellationToken = default) =>
        [];

    public IReadOnlyList<FunctionSummary> Versions(string name, CancellationToken cancellationToken = default) => [];

    public FunctionSource Source(string reference, CancellationToken cancellationToken = default) => throw Empty();

    public void Delete(string name, CancellationToken cancellationToken = default) => throw Empty();

    public InvocationResult Invoke(string reference, Invocation call, CancellationToken cancellationToken = default) =>
        throw Empty();

    public EvalShapeResult EvalShape(
        string reference,
        Invocation call,
        CancellationToken cancellationToken = default
    ) => throw Empty();

    public IReadOnlyList<ShapeCacheEntry> ShapeCache(string reference, CancellationToken cancellationToken = default) =>
        [];

    public int ClearShapeCache(string name, CancellationToken cancellationToken = default) => 0;

    public IReadOnlyList<DeviceInfo> Devices(CancellationToken cancellationToken = default) => [];

    private static InvalidOperationException Empty() => new("This session has no functions.");
}
