using System.Net.Sockets;

namespace Torch2Jax.WebApi.Tests.Support;

/// <summary>
/// A way to the database that can be cut: a socket that passes bytes on. While it is cut they stay where they are, in both
/// directions, as behind a broken switch; when it is mended, what was open is closed.
/// </summary>
internal sealed class DatabaseLink : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("t2jl-").FullName;
    private readonly Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly CancellationTokenSource ended = new();
    private readonly string server;
    private readonly int port;
    private volatile TaskCompletionSource? cut;

    public DatabaseLink(string connectionString)
    {
        var to = new Npgsql.NpgsqlConnectionStringBuilder(connectionString);
        (server, port) = (Path.Combine(to.Host!, $".s.PGSQL.{to.Port}"), to.Port);
        to.Host = folder;
        ConnectionString = to.ConnectionString;
        listener.Bind(new UnixDomainSocketEndPoint(Path.Combine(folder, $".s.PGSQL.{port}")));
        listener.Listen();
        _ = AcceptAsync();
    }

    public string ConnectionString { get; }

    public void Cut() => cut = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Mend()
    {
        var was = cut!;
        cut = null;
        was.SetResult();
    }

    public void Dispose()
    {
        ended.Cancel();
        listener.Dispose();
        ended.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await listener.AcceptAsync(ended.Token));
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using var near = new NetworkStream(client, ownsSocket: true);
        using var far = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await (cut?.Task ?? Task.CompletedTask);
            await far.ConnectAsync(new UnixDomainSocketEndPoint(server), ended.Token);
            using var stream = new NetworkStream(far);
            await Task.WhenAny(PassAsync(near, stream), PassAsync(stream, near));
        }
        catch (Exception error) when (error is IOException or SocketException or OperationCanceledException)
        {
            // One side is gone; the other one learns it from the closed socket.
        }
    }

    private async Task PassAsync(NetworkStream from, NetworkStream to)
    {
        var buffer = new byte[16 * 1024];
        while (await from.ReadAsync(buffer, ended.Token) is var count and > 0)
        {
            if (cut is { } broken)
            {
                await broken.Task;
                return;
            }

            await to.WriteAsync(buffer.AsMemory(0, count), ended.Token);
        }
    }
}
