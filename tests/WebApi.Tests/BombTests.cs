using System.IO.Compression;
using System.Net.Http.Headers;
using Torch2Jax.Arrays;
using Torch2Jax.WebApi.Tests.Support;

namespace Torch2Jax.WebApi.Tests;

/// <summary>Small bodies that would unpack to large ones, headers that promise what is not there, archives that run code.</summary>
[Collection(ServiceCollection.Name)]
public sealed class BombTests(ServiceFixture fixture) : IAsyncLifetime
{
    private const int Unpacked = 30_000_000;

    private RunningService? service;

    public async Task InitializeAsync()
    {
        service = await fixture.StartAsync(
            ServiceFixture.NewSchema(),
            ("Limits:MaxUnpackedBytes", "1000000"),
            ("Limits:MaxArrayBytes", "1000000"),
            ("Limits:MaxTotalBytes", "1000000")
        );
        await service.RegisterAsync("double", Json.Double);
    }

    public async Task DisposeAsync()
    {
        (await service!.PostAsync("/api/functions/double/invoke", Json.Call(Json.Floats(1)))).Good();
        await service!.DisposeAsync();
    }

    [Theory]
    [InlineData("application/x-npy", "gzip")]
    [InlineData("application/x-npy", "br")]
    [InlineData("application/x-npz", "gzip")]
    [InlineData("application/x-npz", "br")]
    [InlineData("application/x-npz", "deflate")]
    [InlineData("application/x-safetensors", "gzip")]
    [InlineData("application/json", "br")]
    [InlineData("application/octet-stream", "br")]
    public async Task A_body_that_unpacks_beyond_the_limit_is_too_large(string type, string coding)
    {
        var before = ArrayMemory.RentedBytes;
        var head = type == "application/x-npy" ? Npy($"{Unpacked},") : [];
        var answer = await SendAsync(type, Pack([.. head, .. new byte[Unpacked]], coding), coding);
        answer.Problem(413, "payload_too_large");
        Assert.InRange(ArrayMemory.RentedBytes - before, long.MinValue, 4_000_000);
    }

    [Fact]
    public async Task An_npz_entry_that_unpacks_beyond_the_limit_is_too_large()
    {
        var packed = new MemoryStream();
        using (var zip = new ZipArchive(packed, ZipArchiveMode.Create, leaveOpen: true))
        {
            using var entry = zip.CreateEntry("x.npy", CompressionLevel.Fastest).Open();
            entry.Write(Npy($"{Unpacked},"));
            entry.Write(new byte[Unpacked]);
        }

        Assert.InRange(packed.Length, 0, 1_000_000);
        (await SendAsync("application/x-npz", packed.ToArray())).Problem(413, "payload_too_large");
    }

    [Theory]
    [InlineData("9223372036854775807,", 413)]
    [InlineData("4294967296, 4294967296", 413)]
    [InlineData("-1,", 400)]
    [InlineData("1000,", 400)]
    public async Task An_npy_header_that_lies_is_refused(string shape, int status) =>
        (await SendAsync("application/x-npy", [.. Npy(shape), 1, 2, 3])).Problem(
            status,
            status == 413 ? "payload_too_large" : "malformed_request"
        );

    [Theory]
    [InlineData("""{"x":{"dtype":"F32","shape":[1099511627776],"data_offsets":[0,4398046511104]}}""", 413)]
    [InlineData("""{"x":{"dtype":"F32","shape":[1000],"data_offsets":[0,4000]}}""", 400)]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 400)]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}""", 400)]
    public async Task A_safetensors_header_that_lies_is_refused(string header, int status) =>
        (
            await SendAsync(
                "application/x-safetensors",
                [
                    .. BitConverter.GetBytes((long)header.Length),
                    .. System.Text.Encoding.ASCII.GetBytes(header),
                    1,
                    2,
                    3,
                    4,
                ]
            )
        ).Problem(status, status == 413 ? "payload_too_large" : "malformed_request");

    [Fact]
    public async Task A_safetensors_header_without_end_is_refused() =>
        (await SendAsync("application/x-safetensors", [.. BitConverter.GetBytes(long.MaxValue), 1])).Problem(
            400,
            "malformed_request"
        );

    [Fact]
    public async Task Code_of_an_archive_does_not_run_while_it_is_loaded()
    {
        const string hook =
            "  def __setstate__(self, state: Tuple[int]) -> NoneType:\n    print(\"it ran\")\n    return None\n";
        var archive = new MemoryStream();
        using (var from = ZipFile.OpenRead(Path.Combine(AppContext.BaseDirectory, "goldens", "digits_mlp.pt")))
        using (var to = new ZipArchive(archive, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var entry in from.Entries)
            {
                using var read = entry.Open();
                using var written = to.CreateEntry(entry.FullName, CompressionLevel.NoCompression).Open();
                read.CopyTo(written);
                if (entry.FullName.EndsWith("code/__torch__.py", StringComparison.Ordinal))
                {
                    written.Write(System.Text.Encoding.ASCII.GetBytes(hook));
                }
            }
        }

        var answer = await SendAsync("application/octet-stream", archive.ToArray(), null, "/api/functions/mlp/archive");
        var code = answer.Body.GetProperty("code").GetString()!;
        Assert.Contains(code, (string[])["forbidden_operator", "invalid_source"]);
        answer.Problem(422, code);
        Assert.DoesNotContain("it ran", answer.Text, StringComparison.Ordinal);
    }

    private static byte[] Npy(string shape)
    {
        var text = $"{{'descr': '|u1', 'fortran_order': False, 'shape': ({shape}), }}\n";
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)text.Length, 0, .. System.Text.Encoding.ASCII.GetBytes(text)];
    }

    private static byte[] Pack(byte[] body, string coding)
    {
        var packed = new MemoryStream();
        using (
            Stream stream = coding switch
            {
                "gzip" => new GZipStream(packed, CompressionLevel.Fastest),
                "br" => new BrotliStream(packed, CompressionLevel.Fastest),
                _ => new ZLibStream(packed, CompressionLevel.Fastest),
            }
        )
        {
            stream.Write(body);
        }

        return packed.ToArray();
    }

    private async Task<Answer> SendAsync(
        string type,
        byte[] body,
        string? coding = null,
        string path = "/api/functions/double/invoke"
    )
    {
        var query = type == "application/octet-stream" && !path.EndsWith("archive", StringComparison.Ordinal);
        using var request = new HttpRequestMessage(
            HttpMethod.Post,
            path + (query ? $"?dtype=uint8&shape={Unpacked}" : "")
        );
        request.Content = new ByteArrayContent(body);
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        if (coding is not null)
        {
            request.Content.Headers.ContentEncoding.Add(coding);
        }

        return await service!.SendAsync(request);
    }
}
