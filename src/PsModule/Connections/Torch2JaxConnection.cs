using Torch2Jax.Client;
using Torch2Jax.PsModule.Connections;

namespace Torch2Jax.PsModule;

/// <summary>What a runspace's cmdlets talk to.</summary>
public sealed class Torch2JaxConnection
{
    private readonly SharedSessions.Lease lease;
    private readonly SessionInfo info;

    internal Torch2JaxConnection(SharedSessions.Lease lease, ConnectionOptions options)
    {
        this.lease = lease;
        Options = options;
        info = lease.Session.Info;
    }

    /// <summary><c>InProcess</c> or <c>Remote</c>.</summary>
    public string Kind => info.Kind.ToString();

    /// <summary>The service's address, or the database in words.</summary>
    public string Target => info.Target;

    /// <summary>The module's version.</summary>
    public string ClientVersion => info.ClientVersion;

    /// <summary>The version of the libtorch that runs the functions.</summary>
    public string LibtorchVersion => info.LibtorchVersion;

    /// <summary>Threads that one operator may use.</summary>
    public int Threads => info.Threads;

    /// <summary>Names of the devices.</summary>
    public string[] Devices => [.. info.Devices];

    /// <summary>What the service's worker processes cannot do; empty in process, and where none has run yet.</summary>
    public string[] Protections => [.. info.Protections];

    /// <summary>Whether it can still be used.</summary>
    public bool IsOpen => !lease.IsReleased;

    internal ConnectionOptions Options { get; }

    internal IFunctionSession Session => lease.Session;

    /// <summary>The target.</summary>
    public override string ToString() => Target;

    internal void Close() => lease.Dispose();
}
