using System.Management.Automation.Runspaces;

namespace Torch2Jax.PsModule.Connections;

/// <summary>
/// One connection a runspace. A runspace that was not told where to connect goes where the first Connect-Torch2Jax of the
/// process went (so the runspaces of ForEach-Object -Parallel follow their parent), else to the engine in this process.
/// </summary>
internal sealed class ConnectionTable
{
    private readonly Lock gate = new();
    private readonly Dictionary<Guid, Torch2JaxConnection> open = [];
    private (Guid Runspace, ConnectionOptions Options)? leading;

    public ConnectionTable(OpenSession openSession)
    {
        Sessions = new SharedSessions(openSession);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => CloseAll();
    }

    /// <summary>The process's table: cmdlets of every runspace meet in it, since they share one engine.</summary>
    public static ConnectionTable Instance { get; } = new(SessionFactory.Open);

    /// <summary>The sessions behind the connections.</summary>
    public SharedSessions Sessions { get; }

    /// <summary>This runspace's connection; null where it has none yet.</summary>
    public Torch2JaxConnection? Current
    {
        get
        {
            lock (gate)
            {
                return Runspace.DefaultRunspace is { } runspace ? open.GetValueOrDefault(runspace.InstanceId) : null;
            }
        }
    }

    /// <summary>This runspace's connection, opened where there is none.</summary>
    public Torch2JaxConnection CurrentOrOpen(CancellationToken cancellationToken)
    {
        if (Current is { } current)
        {
            return current;
        }

        ConnectionOptions options;
        lock (gate)
        {
            options = leading?.Options ?? new ConnectionOptions();
        }

        return Add(options, leads: false, cancellationToken);
    }

    /// <summary>Connects this runspace; a connection that it had is closed once the new one is open.</summary>
    public Torch2JaxConnection Connect(ConnectionOptions options, CancellationToken cancellationToken) =>
        Add(options, leads: true, cancellationToken);

    /// <summary>Closes this runspace's connection; false where it has none.</summary>
    public bool CloseOfThisRunspace() => Runspace.DefaultRunspace is { } runspace && Close(runspace.InstanceId);

    private Torch2JaxConnection Add(ConnectionOptions options, bool leads, CancellationToken cancellationToken)
    {
        var runspace = Runspace.DefaultRunspace;
        var connection = new Torch2JaxConnection(Sessions.Acquire(options, cancellationToken), options);
        Torch2JaxConnection? replaced;
        lock (gate)
        {
            open.Remove(runspace.InstanceId, out replaced);
            open.Add(runspace.InstanceId, connection);
            if (leads && (leading is null || leading.Value.Runspace == runspace.InstanceId))
            {
                leading = (runspace.InstanceId, options);
            }
        }

        if (replaced is null)
        {
            runspace.StateChanged += CloseWithRunspace;
        }

        replaced?.Close();
        return connection;
    }

    private void CloseWithRunspace(object? sender, RunspaceStateEventArgs change)
    {
        if (
            sender is Runspace runspace
            && change.RunspaceStateInfo.State is RunspaceState.Closed or RunspaceState.Closing or RunspaceState.Broken
        )
        {
            runspace.StateChanged -= CloseWithRunspace;
            Close(runspace.InstanceId);
        }
    }

    private bool Close(Guid runspace)
    {
        Torch2JaxConnection? connection;
        lock (gate)
        {
            open.Remove(runspace, out connection);
            if (leading?.Runspace == runspace)
            {
                leading = null;
            }
        }

        connection?.Close();
        return connection is not null;
    }

    // What is queued for the database is written before the process ends.
    private void CloseAll()
    {
        Guid[] runspaces;
        lock (gate)
        {
            runspaces = [.. open.Keys];
        }

        foreach (var runspace in runspaces)
        {
            Close(runspace);
        }
    }
}
