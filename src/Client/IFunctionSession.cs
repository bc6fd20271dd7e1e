using Torch2Jax.Errors;
using Torch2Jax.Functions;
using Torch2Jax.Torch;

namespace Torch2Jax.Client;

/// <summary>
/// Registered functions, wherever they run: in this process (<see cref="InProcessSession"/>) or in a service
/// (<see cref="RemoteSession"/>). Both give the same answers and the same errors, and any number of threads may use one.
/// </summary>
/// <remarks>
/// Every member throws <see cref="EngineException"/> where a request or a function is wrong (from a service it is a
/// <see cref="ServiceException"/>, with the HTTP status), <see cref="SessionException"/> where the session itself cannot
/// do its work, and <see cref="OperationCanceledException"/> when its token is cancelled.
/// </remarks>
public interface IFunctionSession : IDisposable
{
    /// <summary>What the session is connected to.</summary>
    SessionInfo Info { get; }

    /// <summary>Functions over files, in chunks.</summary>
    IBatches Batches { get; }

    /// <summary>The service's schedules; null in this process, which nobody could rely on to be there in time.</summary>
    ISchedules? Schedules { get; }

    /// <summary>Arrays that are stored once and named in calls.</summary>
    IStoredArrays Arrays { get; }

    /// <summary>Registers a function: a new version, or the latest one again where its content is the same.</summary>
    RegisteredFunction Register(RegistrationRequest request, CancellationToken cancellationToken = default);

    /// <summary>The version of <c>name</c> (its latest) or <c>name@3</c>.</summary>
    FunctionSummary Describe(string reference, CancellationToken cancellationToken = default);

    /// <summary>Latest versions in order of their names, fetched page by page while they are read.</summary>
    /// <param name="prefix">What names begin with; null for all.</param>
    /// <param name="cancellationToken">Gives up.</param>
    IEnumerable<FunctionSummary> List(string? prefix = null, CancellationToken cancellationToken = default);

    /// <summary>All versions of a function, oldest first.</summary>
    IReadOnlyList<FunctionSummary> Versions(string name, CancellationToken cancellationToken = default);

    /// <summary>The source or archive of <c>name</c> or <c>name@3</c>.</summary>
    FunctionSource Source(string reference, CancellationToken cancellationToken = default);

    /// <summary>Deletes a function with its versions and its shape cache.</summary>
    void Delete(string name, CancellationToken cancellationToken = default);

    /// <summary>
    /// Calls <c>name</c> or <c>name@3</c>; an ArrayReference stands for what is stored under its name. The answer owns its
    /// arrays; those of the call stay the caller's.
    /// </summary>
    /// <remarks>
    /// An operator that runs cannot be stopped: a cancelled call is given up at once, and what it left running ends on its
    /// own. Until then the call's arrays may still be read, so do not write into them; they may be disposed of. In this
    /// process a call that is known to be short (milliseconds) is not given up in its middle.
    /// </remarks>
    InvocationResult Invoke(string reference, Invocation call, CancellationToken cancellationToken = default);

    /// <summary>Finds the shapes of a call's outputs; no argument's value is read, and none is sent.</summary>
    EvalShapeResult EvalShape(string reference, Invocation call, CancellationToken cancellationToken = default);

    /// <summary>The shape cache of <c>name</c> (all its versions) or <c>name@3</c>, most used first.</summary>
    IReadOnlyList<ShapeCacheEntry> ShapeCache(string reference, CancellationToken cancellationToken = default);

    /// <summary>Clears the shape cache of a function, all its versions.</summary>
    /// <returns>How many entries were stored; one so new that it was not written yet is cleared uncounted.</returns>
    int ClearShapeCache(string name, CancellationToken cancellationToken = default);

    /// <summary>What functions can run on.</summary>
    IReadOnlyList<DeviceInfo> Devices(CancellationToken cancellationToken = default);
}
