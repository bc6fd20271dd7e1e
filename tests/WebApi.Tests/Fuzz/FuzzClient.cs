using System.Net.Sockets;
using Torch2Jax.WebApi.Tests.Support;

namespace Torch2Jax.WebApi.Tests.Fuzz;

/// <summary>Sends a request on a connection of its own.</summary>
internal static class FuzzClient
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    /// <summary>The answer; null where the connection was closed without one.</summary>
    public static async Task<WireAnswer?> SendAsync(Uri address, FuzzRequest request)
    {
        using var limit = new CancellationTokenSource(Patience);
        using var client = new TcpClient { LingerState = new LingerOption(true, 0) };
        await client.ConnectAsync(address.Host, address.Port, limit.Token);
        await using var stream = client.GetStream();
        try
        {
            await stream.WriteAsync(request.ToBytes(), limit.Token);
            if (request.Length is not null)
            {
                // Without an end of its own the body ends here.
                client.Client.Shutdown(SocketShutdown.Send);
            }

            await using var buffered = new BufferedStream(stream);
            return await Wire.ReadAsync(buffered, request.Method != "HEAD", limit.Token);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
