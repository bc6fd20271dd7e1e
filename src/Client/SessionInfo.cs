namespace Torch2Jax.Client;

/// <summary>Where a session's functions run.</summary>
public enum SessionKind
{
    /// <summary>In this process, with a database of its own or a shared one.</summary>
    InProcess,

    /// <summary>In a service, over HTTP.</summary>
    Remote,
}

/// <summary>What a session is connected to; nothing in it is a secret.</summary>
/// <param name="Kind">In this process or remote.</param>
/// <param name="Target">
/// The service's address; or the database in words: host, port, name and schema, or that it is the private one.
/// </param>
/// <param name="ClientVersion">The version of this library.</param>
/// <param name="LibtorchVersion">The version of the libtorch that runs the functions.</param>
/// <param name="Threads">Threads that one operator may use there.</param>
/// <param name="Devices">Names of the devices there.</param>
public sealed record SessionInfo(
    SessionKind Kind,
    string Target,
    string ClientVersion,
    string LibtorchVersion,
    int Threads,
    IReadOnlyList<string> Devices
)
{
    /// <summary>
    /// What worker processes there were seen to be unable to do, such as <c>no-network</c>; empty where none has run yet.
    /// </summary>
    public IReadOnlyList<string> Protections { get; init; } = [];
}
