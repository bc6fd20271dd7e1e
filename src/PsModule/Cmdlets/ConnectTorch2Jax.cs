using System.Management.Automation;
using System.Security;
using Torch2Jax.PsModule.Connections;

namespace Torch2Jax.PsModule.Cmdlets;

/// <summary>Connects this runspace: to the engine in this process over a database, or to a service.</summary>
[Cmdlet(VerbsCommunications.Connect, "Torch2Jax", DefaultParameterSetName = InProcess)]
[OutputType(typeof(Torch2JaxConnection))]
public sealed class ConnectTorch2Jax : SessionCmdlet
{
    private const string InProcess = "InProcess";
    private const string Remote = "Remote";
    private const string Database = "Database";

    /// <summary>The service's address.</summary>
    [Parameter(ParameterSetName = Remote, Mandatory = true, Position = 0)]
    public Uri? Uri { get; set; }

    /// <summary>The service's key: a secure string, or a text.</summary>
    [Parameter(ParameterSetName = Remote)]
    [SecretText]
    public SecureString? ApiKey { get; set; }

    /// <summary>How long the service's answers are waited for.</summary>
    [Parameter(ParameterSetName = Remote)]
    [ValidateRange(0.001, 2_000_000)]
    public double TimeoutSec { get; set; }

    /// <summary>An existing PostgreSQL.</summary>
    [Parameter(ParameterSetName = Database, Mandatory = true)]
    [ValidateNotNullOrEmpty]
    public string? ConnectionString { get; set; }

    /// <summary>The folder of the private PostgreSQL.</summary>
    [Parameter(ParameterSetName = InProcess)]
    [ValidateNotNullOrEmpty]
    public string? DataDirectory { get; set; }

    /// <summary>The PostgreSQL schema that holds everything.</summary>
    [Parameter(ParameterSetName = InProcess)]
    [Parameter(ParameterSetName = Database)]
    [ValidateNotNullOrEmpty]
    public string? Schema { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var options = new ConnectionOptions(
            Uri,
            ApiKey is null ? null : SecretText.Read(ApiKey),
            ConnectionString,
            DataDirectory is null ? null : GetUnresolvedProviderPathFromPSPath(DataDirectory),
            Schema,
            MyInvocation.BoundParameters.ContainsKey(nameof(TimeoutSec)) ? TimeoutSec : null
        );
        var what = Uri is null ? "the engine in this process" : Uri.ToString();
        WriteObject(Opening(what, () => ConnectionTable.Instance.Connect(options, StopToken)));
    }
}
