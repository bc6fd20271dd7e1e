using System.Net;
using System.Security.Cryptography;
using Npgsql;
using Torch2Jax.Registry.Embedded;
using Torch2Jax.WebApi.Tests.Support;
using Xunit.Abstractions;

namespace Torch2Jax.WebApi.Tests.Arrays;

/// <summary>256 MiB under one name, in and out of processes that are watched, ended and killed.</summary>
[Collection(ServiceCollection.Name)]
public sealed class LargeArrayTests(ServiceFixture fixture, ITestOutputHelper output)
{
    private const long Length = 256L << 20;
    private const string Address = "/api/arrays/large?dtype=float32&shape=1024,65536";

    // The array itself, what the pool keeps of it, and pieces on their way; not a second copy.
    private const long Allowed = Length + (160L << 20);

    [Fact]
    public async Task A_quarter_of_a_GiB_goes_in_and_out_byte_for_byte_without_a_copy_of_it()
    {
        var schema = ServiceFixture.NewSchema();
        var sent = Hash(new Numbers(Length));
        using (var first = await ServiceProcess.StartAsync(fixture.Data, schema))
        {
            var before = Peak(first);
            using var stored = await first.Client.PutAsync(Address, Content(Length));
            Assert.Equal(HttpStatusCode.Created, stored.StatusCode);
            Assert.Equal(sent, await ReadAsync(first));
            output.WriteLine($"in and out: {(Peak(first) - before) >> 20} MiB more at most");
            Assert.InRange(Peak(first) - before, Length, Allowed);
        }

        using var second = await ServiceProcess.StartAsync(fixture.Data, schema);
        var fresh = Peak(second);
        Assert.Equal(sent, await ReadAsync(second));
        output.WriteLine($"out of the database: {(Peak(second) - fresh) >> 20} MiB more at most");
        Assert.InRange(Peak(second) - fresh, Length, Allowed);
        using var gone = await second.Client.DeleteAsync("/api/arrays/large");
        Assert.Equal(HttpStatusCode.NoContent, gone.StatusCode);
    }

    [Fact]
    public async Task A_process_that_is_killed_while_it_stores_leaves_nothing_of_it()
    {
        var schema = ServiceFixture.NewSchema();
        await using var source = await SourceAsync(schema);
        using (var killed = await ServiceProcess.StartAsync(fixture.Data, schema))
        {
            var put = killed.Client.PutAsync(Address, Content(Length));
            await UntilAsync(source, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'COPY array_chunks%'", 1);
            killed.Kill();
            await Assert.ThrowsAsync<HttpRequestException>(() => put);
        }

        await UntilAsync(source, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'COPY array_chunks%'", 0);
        Assert.Equal(0, await NumberAsync(source, $"SELECT count(*) FROM {schema}.array_contents"));
        Assert.Equal(0, await NumberAsync(source, $"SELECT count(*) FROM {schema}.array_chunks"));
        using var next = await ServiceProcess.StartAsync(fixture.Data, schema);
        using var none = await next.Client.GetAsync("/api/arrays/large");
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
    }

    private static StreamContent Content(long length)
    {
        var content = new StreamContent(new Numbers(length), 1 << 20);
        content.Headers.ContentType = new("application/octet-stream");
        content.Headers.ContentLength = length;
        return content;
    }

    private static async Task<string> ReadAsync(ServiceProcess service)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/arrays/large");
        request.Headers.Accept.ParseAdd("application/octet-stream");
        using var response = await service.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(Length, response.Content.Headers.ContentLength);
        return Hash(await response.Content.ReadAsStreamAsync());
    }

    private static string Hash(Stream stream) => Convert.ToHexString(SHA256.HashData(stream));

    // The most memory that the process had.
    private static long Peak(ServiceProcess service)
    {
        var line = File.ReadLines($"/proc/{service.Id}/status").First(line => line.StartsWith("VmHWM:"));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) << 10;
    }

    private async Task<NpgsqlDataSource> SourceAsync(string schema)
    {
        // The schema is made by a first service.
        using (await ServiceProcess.StartAsync(fixture.Data, schema)) { }
        var server = await EmbeddedPostgres.StartAsync(fixture.Data, null, default);
        return NpgsqlDataSource.Create(server.ConnectionString);
    }

    private static async Task UntilAsync(NpgsqlDataSource source, string sql, long expected)
    {
        for (var i = 0; i < 6000; i++)
        {
            if (await NumberAsync(source, sql) == expected)
            {
                return;
            }

            await Task.Delay(5);
        }

        Assert.Fail($"{sql} did not become {expected}.");
    }

    private static async Task<long> NumberAsync(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>So many bytes that do not repeat soon; none is kept.</summary>
    private sealed class Numbers(long length) : Stream
    {
        private readonly Random random = new(7);
        private long done;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => length;

        public override long Position
        {
            get => done;
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        // Whole blocks, so that pieces of any size give the same bytes.
        public override int Read(Span<byte> buffer)
        {
            var count = (int)Math.Min(Math.Min(buffer.Length & ~7, length - done), 1 << 20);
            for (var i = 0; i < count; i += sizeof(long))
            {
                BitConverter.TryWriteBytes(buffer[i..], random.NextInt64());
            }

            done += count;
            return count;
        }

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
