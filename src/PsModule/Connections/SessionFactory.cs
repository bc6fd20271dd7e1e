using Torch2Jax.Client;

namespace Torch2Jax.PsModule.Connections;

/// <summary>Opens sessions; tests put their own in its place.</summary>
internal delegate IFunctionSession OpenSession(ConnectionOptions options, CancellationToken cancellationToken);

/// <summary>Opens the real ones.</summary>
internal static class SessionFactory
{
    public static IFunctionSession Open(ConnectionOptions options, CancellationToken cancellationToken) =>
        options.Uri is { } uri
            ? RemoteSession.Open(uri, options.ApiKey, Times(options), cancellationToken)
            : InProcess(options, cancellationToken);

    private static RemoteSessionOptions? Times(ConnectionOptions options) =>
        options.TimeoutSec is { } seconds ? new() { Timeout = TimeSpan.FromSeconds(seconds) } : null;

    private static InProcessSession InProcess(ConnectionOptions options, CancellationToken cancellationToken)
    {
        var inProcess = new InProcessSessionOptions
        {
            ConnectionString = options.ConnectionString,
            DataDirectory = options.DataDirectory,
        };
        return InProcessSession.Open(
            options.Schema is { } schema ? inProcess with { Schema = schema } : inProcess,
            cancellationToken
        );
    }
}
