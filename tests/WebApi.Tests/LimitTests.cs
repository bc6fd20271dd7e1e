using System.IO.Compression;
using Torch2Jax.WebApi.Tests.Support;

namespace Torch2Jax.WebApi.Tests;

/// <summary>A service with small limits.</summary>
[Collection(ServiceCollection.Name)]
public sealed class LimitTests(ServiceFixture fixture) : IAsyncLifetime
{
    private RunningService? small;

    public async Task InitializeAsync() =>
        small = await fixture.StartAsync(
            ServiceFixture.NewSchema(),
            ("Limits:MaxBodyBytes", "100000"),
            ("Limits:MaxUnpackedBytes", "200000"),
            ("Limits:MaxArrayBytes", "1000"),
            ("Limits:MaxTotalBytes", "1500"),
            ("Limits:MaxSourceBytes", "1000"),
            ("Limits:MaxArchiveBytes", "50000"),
            ("Limits:MaxLeaves", "10")
        );

    public async Task DisposeAsync()
    {
        await small!.RegisterAsync("still", Json.Double);
        (await small!.PostAsync("/api/functions/still/invoke", Json.Call(Json.Floats(1)))).Good();
        await small!.DisposeAsync();
    }

    [Fact]
    public async Task What_is_over_a_limit_is_too_large()
    {
        (await small!.PostAsync("/api/functions", new string(' ', 100_001))).Problem(413, "payload_too_large");
        (await small!.PostAsync("/api/functions", Json.Registration("long", "#" + new string('x', 1000)))).Problem(
            413,
            "payload_too_large"
        );
        await small!.RegisterAsync("f", Json.Double);
        (await small!.PostAsync("/api/functions/f/invoke", Json.Call(Json.Floats(new float[251])))).Problem(
            413,
            "payload_too_large"
        );
        var two = Json.Call(Json.Floats(new float[200]), Json.Floats(new float[200]));
        (await small!.PostAsync("/api/functions/f/invoke", two)).Problem(413, "payload_too_large");
        (await small!.PostAsync("/api/functions/f/invoke", Json.Call([.. Enumerable.Repeat("1", 11)]))).Problem(
            413,
            "payload_too_large"
        );
    }

    [Fact]
    public async Task A_chunked_body_is_counted_while_it_comes()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/functions")
        {
            Content = new StreamContent(new Spaces(150_000)),
        };
        request.Headers.TransferEncodingChunked = true;
        (await small!.SendAsync(request)).Problem(413, "payload_too_large");
    }

    // Far more than the sockets between hold: it is all read by the service, or the client cannot write it.
    [Theory]
    [InlineData("/api/functions", "Content-Length: 20000000")]
    [InlineData("/api/functions", "Content-Length: 20000000\r\nConnection: close")]
    [InlineData("/api/functions", "Transfer-Encoding: chunked")]
    [InlineData("/api/functions/a/archive", "Content-Length: 20000000")]
    [InlineData("/api/functions/f/invoke?dtype=uint8&shape=20000000", "Content-Length: 20000000")]
    public async Task Who_sends_everything_before_reading_is_answered_too(string path, string framing)
    {
        await small!.RegisterAsync("f", Json.Double);
        var type = path.Contains('?', StringComparison.Ordinal) ? "application/octet-stream" : "application/json";
        type = path.EndsWith("archive", StringComparison.Ordinal) ? "multipart/form-data; boundary=b" : type;
        var head = $"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {type}\r\n{framing}\r\n\r\n";
        var body = new string(' ', 20_000_000);
        body = framing.StartsWith("Transfer", StringComparison.Ordinal) ? $"1312d00\r\n{body}\r\n0\r\n\r\n" : body;
        var answer = await Wire.SendAsync(small!.Address, head + body);
        Assert.Equal(413, answer.Status);
        Assert.Contains("payload_too_large", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_nobody_asked_for_yet_is_refused_before_it_is_sent()
    {
        const string head =
            "POST /api/functions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20000000\r\nExpect: 100-continue\r\n\r\n";
        var answer = await Wire.SendAsync(small!.Address, head);
        Assert.Equal(413, answer.Status);
        Assert.Equal("close", answer.Headers["Connection"]);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    public async Task A_compressed_body_is_counted_as_it_unpacks(string coding)
    {
        (await small!.SendAsync(Packed(coding, new string(' ', 250_000) + "{}"))).Problem(413, "payload_too_large");
        var good = await small!.SendAsync(Packed(coding, Json.Registration($"packed_{coding}", Json.Double)));
        Assert.True(good.Status is System.Net.HttpStatusCode.Created, good.Text);
    }

    private static HttpRequestMessage Packed(string coding, string text)
    {
        var packed = new MemoryStream();
        using (
            Stream stream = coding switch
            {
                "gzip" => new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true),
                "br" => new BrotliStream(packed, CompressionLevel.Fastest, leaveOpen: true),
                _ => new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true),
            }
        )
        {
            stream.Write(System.Text.Encoding.UTF8.GetBytes(text));
        }

        var request = new HttpRequestMessage(HttpMethod.Post, "/api/functions")
        {
            Content = new ByteArrayContent(packed.ToArray()),
        };
        request.Content.Headers.ContentEncoding.Add(coding);
        return request;
    }

    /// <summary>So many spaces, whose number nobody knows beforehand.</summary>
    private sealed class Spaces(int count) : Stream
    {
        private int left = count;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var size = Math.Min(left, count);
            buffer.AsSpan(offset, size).Fill((byte)' ');
            left -= size;
            return size;
        }

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
