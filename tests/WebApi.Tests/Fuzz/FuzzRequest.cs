using System.Globalization;
using System.Text;

namespace Torch2Jax.WebApi.Tests.Fuzz;

/// <summary>A request as it goes onto the wire: nothing in it needs to be right.</summary>
internal sealed class FuzzRequest(
    string method,
    string target,
    byte[] body,
    params (string Name, string Value)[] headers
)
{
    public string Method { get; set; } = method;

    public string Target { get; set; } = target;

    public byte[] Body { get; set; } = body;

    public List<(string Name, string Value)> Headers { get; } = [.. headers];

    /// <summary>What Content-Length says; null for the truth.</summary>
    public string? Length { get; set; }

    /// <summary>Whether the body goes in chunks of this size; 0 for a body with its length.</summary>
    public int ChunkSize { get; set; }

    /// <summary>Whether the HTTP itself may be broken, so that the server beneath the service may answer or hang up.</summary>
    public bool MayBreakHttp { get; set; }

    /// <summary>What was done to it, for the report.</summary>
    public List<string> Done { get; } = [];

    public FuzzRequest Copy()
    {
        var copy = new FuzzRequest(Method, Target, Body, [.. Headers]) { Length = Length, ChunkSize = ChunkSize };
        return copy;
    }

    public void SetHeader(string name, string value)
    {
        Headers.RemoveAll(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        Headers.Add((name, value));
    }

    public byte[] ToBytes()
    {
        var head = new StringBuilder();
        head.Append(CultureInfo.InvariantCulture, $"{Method} {Target} HTTP/1.1\r\n");
        if (!Headers.Exists(header => header.Name == "Host"))
        {
            head.Append("Host: localhost\r\n");
        }

        foreach (var (name, value) in Headers)
        {
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        }

        using var bytes = new MemoryStream();
        if (ChunkSize > 0)
        {
            head.Append("Transfer-Encoding: chunked\r\n\r\n");
            bytes.Write(System.Text.Encoding.Latin1.GetBytes(head.ToString()));
            foreach (var chunk in Body.Chunk(ChunkSize))
            {
                bytes.Write(System.Text.Encoding.ASCII.GetBytes($"{chunk.Length:x}\r\n"));
                bytes.Write(chunk);
                bytes.Write("\r\n"u8);
            }

            bytes.Write("0\r\n\r\n"u8);
        }
        else
        {
            if (Body.Length > 0 || Length is not null || Method is "POST" or "PUT")
            {
                head.Append(CultureInfo.InvariantCulture, $"Content-Length: {Length ?? $"{Body.Length}"}\r\n");
            }

            head.Append("\r\n");
            bytes.Write(System.Text.Encoding.Latin1.GetBytes(head.ToString()));
            bytes.Write(Body);
        }

        return bytes.ToArray();
    }

    public override string ToString()
    {
        var bytes = ToBytes();
        var text = new StringBuilder();
        foreach (var one in bytes.Take(800))
        {
            _ =
                one is (>= 32 and < 127) or (byte)'\n' ? text.Append((char)one)
                : one == '\r' ? text
                : text.Append(CultureInfo.InvariantCulture, $"\\x{one:x2}");
        }

        return $"[{string.Join("; ", Done)}]\n{text}{(bytes.Length > 800 ? $" ... {bytes.Length} bytes" : "")}";
    }
}
