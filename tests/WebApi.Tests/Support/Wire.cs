using System.Net.Sockets;
using System.Text;

namespace Torch2Jax.WebApi.Tests.Support;

/// <summary>Bytes on a socket, for requests that no client library would send.</summary>
internal static class Wire
{
    /// <summary>Sends the bytes and reads one response.</summary>
    public static async Task<WireAnswer> SendAsync(Uri address, byte[] request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port);
        await using var stream = client.GetStream();
        await stream.WriteAsync(request);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        return await ReadAsync(stream, hasBody: true, limit.Token);
    }

    public static Task<WireAnswer> SendAsync(Uri address, string request) =>
        SendAsync(address, System.Text.Encoding.Latin1.GetBytes(request));

    /// <summary>Sends the bytes, closes the sending side and waits until the server has closed its own.</summary>
    public static async Task SendOnlyAsync(Uri address, string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port);
        await using var stream = client.GetStream();
        await stream.WriteAsync(System.Text.Encoding.Latin1.GetBytes(request));
        client.Client.Shutdown(SocketShutdown.Send);
        try
        {
            var rest = new byte[4096];
            while (await stream.ReadAsync(rest) > 0)
            {
                // An answer, where one comes.
            }
        }
        catch (IOException)
        {
            // Closed at once.
        }
    }

    /// <summary>Reads one response; interim ones are passed over.</summary>
    /// <exception cref="IOException">The connection was closed before its end.</exception>
    public static async Task<WireAnswer> ReadAsync(Stream stream, bool hasBody, CancellationToken limit)
    {
        var first = (await LineAsync(stream, limit)).Split(' ');
        var status = first.Length > 1 ? int.Parse(first[1]) : throw new EndOfStreamException();
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        while (await LineAsync(stream, limit) is { Length: > 0 } line)
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            headers[line[..colon]] = line[(colon + 1)..].Trim();
        }

        if (status == 100)
        {
            return await ReadAsync(stream, hasBody, limit);
        }

        if (!hasBody)
        {
            return new WireAnswer(status, headers, []);
        }

        if (headers.TryGetValue("Transfer-Encoding", out var coding) && coding == "chunked")
        {
            return new WireAnswer(status, headers, await ChunksAsync(stream, limit));
        }

        var body = new byte[headers.TryGetValue("Content-Length", out var length) ? int.Parse(length) : 0];
        await stream.ReadExactlyAsync(body, limit);
        return new WireAnswer(status, headers, body);
    }

    private static async Task<byte[]> ChunksAsync(Stream stream, CancellationToken limit)
    {
        using var body = new MemoryStream();
        while (Convert.ToInt32((await LineAsync(stream, limit)).Split(';')[0], 16) is var size and > 0)
        {
            var chunk = new byte[size];
            await stream.ReadExactlyAsync(chunk, limit);
            body.Write(chunk);
            await LineAsync(stream, limit);
        }

        await LineAsync(stream, limit);
        return body.ToArray();
    }

    private static async Task<string> LineAsync(Stream stream, CancellationToken limit)
    {
        var line = new StringBuilder();
        var one = new byte[1];
        while (await stream.ReadAsync(one, limit) == 1 && one[0] != '\n')
        {
            line.Append((char)one[0]);
        }

        return line.ToString().TrimEnd('\r');
    }
}

/// <summary>A response as it came.</summary>
internal sealed record WireAnswer(int Status, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string Text => System.Text.Encoding.UTF8.GetString(Body);
}
