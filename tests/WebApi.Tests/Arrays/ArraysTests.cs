using System.Net;
using System.Runtime.InteropServices;
using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.WebApi.Tests.Support;

namespace Torch2Jax.WebApi.Tests.Arrays;

/// <summary>/api/arrays: what is put comes back, in every form.</summary>
[Collection(ServiceCollection.Name)]
public sealed class ArraysTests(ServiceFixture fixture)
{
    private const string Tree =
        """{"w":{"dtype":"float32","shape":[2,2],"data":[1,2,3,4]},"b":[{"dtype":"int64","shape":[1],"data":[9007199254740993]},null]}""";

    private readonly RunningService service = fixture.Service;

    [Fact]
    public async Task A_tree_is_stored_described_read_and_deleted()
    {
        var made = await service.PutJsonAsync("tree", Tree);
        var stored = made.Good(HttpStatusCode.Created);
        Assert.Equal("/api/arrays/tree", made.Headers.Location!.ToString());
        Assert.Equal("tree", stored.GetProperty("name").GetString());
        Assert.Matches("^[0-9a-f]{64}$", stored.GetProperty("sha256").GetString());
        Assert.Equal(24, stored.GetProperty("bytes").GetInt64());
        Assert.Equal("PyTreeDef({'b': [*, None], 'w': *})", stored.GetProperty("tree").GetString());
        Assert.Equal(
            """[{"path":"['b'][0]","dtype":"int64","shape":[1]},{"path":"['w']","dtype":"float32","shape":[2,2]}]""",
            stored.GetProperty("leaves").GetRawText()
        );
        Assert.Equal(TimeSpan.Zero, stored.GetProperty("createdAt").GetDateTimeOffset().Offset);

        Assert.Equal(made.Text, (await service.PutJsonAsync("tree", Tree)).Good().GetRawText());
        var read = await service.GetAsync("/api/arrays/tree");
        Assert.Equal(
            """{"b":[{"dtype":"int64","shape":[1],"data":[9007199254740993]},null],"w":{"dtype":"float32","shape":[2,2],"data":[1,2,3,4]}}""",
            read.Text
        );
        Assert.Contains("[[1,2],[3,4]]", (await service.GetAsync("/api/arrays/tree?encoding=nested")).Text);
        Assert.Contains("\"base64\":", (await service.GetAsync("/api/arrays/tree?encoding=base64")).Text);

        var gone = await service.SendAsync(HttpMethod.Delete, "/api/arrays/tree");
        Assert.Equal(HttpStatusCode.NoContent, gone.Status);
        (await service.GetAsync("/api/arrays/tree")).Problem(404, "array_not_found");
        (await service.SendAsync(HttpMethod.Delete, "/api/arrays/tree")).Problem(404, "array_not_found");
    }

    [Theory]
    [InlineData(Stored.Npy)]
    [InlineData(Stored.Raw)]
    public async Task One_array_goes_in_and_out_byte_for_byte(string type)
    {
        using var array = NDArray.FromArray<double>([1, 2, double.NaN, -0.0, 5, 6], 2, 3);
        var file = type == Stored.Npy ? Stored.File(stream => Npy.Write(stream, array)) : array.Bytes.ToArray();
        var query = type == Stored.Raw ? "?dtype=float64&shape=2,3" : "";
        (await service.PutAsync("one" + query, file, type)).Good(HttpStatusCode.Created);
        using var response = await service.GetAsync("one", type);
        Assert.Equal(file, await response.Content.ReadAsByteArrayAsync());
        Assert.Equal(file.Length, response.Content.Headers.ContentLength);
        if (type == Stored.Raw)
        {
            Assert.Equal("float64", response.Headers.GetValues("Torch2Jax-Dtype").Single());
            Assert.Equal("2,3", response.Headers.GetValues("Torch2Jax-Shape").Single());
        }

        await service.SendAsync(HttpMethod.Delete, "/api/arrays/one");
    }

    [Theory]
    [InlineData(Stored.Npz)]
    [InlineData(Stored.Safetensors)]
    public async Task Files_of_named_arrays_are_dicts(string type)
    {
        using var weight = NDArray.FromArray<float>([1, 2], 2);
        using var bias = NDArray.FromArray<float>([3]);
        KeyValuePair<string, NDArray>[] named = [new("fc.weight", weight), new("fc.bias", bias)];
        var file = Stored.File(stream =>
        {
            if (type == Stored.Npz)
            {
                Npz.Write(stream, named);
            }
            else
            {
                Safetensors.Write(stream, named);
            }
        });
        var stored = (await service.PutAsync("named", file, type)).Good(HttpStatusCode.Created);
        Assert.Equal("PyTreeDef({'fc.bias': *, 'fc.weight': *})", stored.GetProperty("tree").GetString());
        var back = await service.BytesAsync("named", type);
        var read = type == Stored.Npz ? Npz.Read(back, ReadLimits.Default) : Safetensors.Read(back, ReadLimits.Default);
        Assert.Equal([1f, 2f], read["fc.weight"].AsSpan<float>().ToArray());
        Assert.Equal([3f], read["fc.bias"].AsSpan<float>().ToArray());
        Assert.All(read.Values, array => array.Dispose());
        using var refused = await service.GetAsync("named", Stored.Npy);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        await service.SendAsync(HttpMethod.Delete, "/api/arrays/named");
    }

    [Fact]
    public async Task A_caller_who_has_the_content_gets_304_and_a_head_tells_the_hash()
    {
        var sha256 = (await service.PutJsonAsync("known", Json.Floats(1))).Body.GetProperty("sha256").GetString()!;
        using var head = await service.GetAsync("known", Stored.Npy, method: HttpMethod.Head);
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        Assert.Equal($"W/\"{sha256}\"", head.Headers.ETag!.ToString());
        Assert.Equal(sha256, head.Headers.GetValues("Torch2Jax-Sha256").Single());
        Assert.Equal("4", head.Headers.GetValues("Torch2Jax-Bytes").Single());
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());

        using var known = await service.GetAsync("known", Stored.Json, head.Headers.ETag.ToString());
        Assert.Equal(HttpStatusCode.NotModified, known.StatusCode);
        Assert.Equal(head.Headers.ETag, known.Headers.ETag);
        Assert.Empty(await known.Content.ReadAsByteArrayAsync());
        using var other = await service.GetAsync("known", Stored.Json, $"\"{new string('0', 64)}\"");
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);

        await service.PutJsonAsync("known", Json.Floats(2));
        using var changed = await service.GetAsync("known", Stored.Json, head.Headers.ETag.ToString());
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        using var none = await service.GetAsync("unknown", Stored.Json, method: HttpMethod.Head);
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
        using var pinned = await service.GetAsync($"known@sha256:{sha256}", Stored.Json);
        Assert.Equal(HttpStatusCode.Conflict, pinned.StatusCode);
    }

    [Fact]
    public async Task Conditions_let_only_the_first_change_through()
    {
        var one = MemoryMarshal.AsBytes<float>([1f]).ToArray();
        var two = MemoryMarshal.AsBytes<float>([2f]).ToArray();
        const string raw = "guarded?dtype=float32&shape=1";
        (await service.PutAsync(raw, one, Stored.Raw, ("If-Match", "*"))).Problem(412, "precondition_failed");
        var made = await service.PutAsync(raw, one, Stored.Raw, ("If-None-Match", "*"));
        var tag = $"W/\"{made.Good(HttpStatusCode.Created).GetProperty("sha256").GetString()}\"";
        (await service.PutAsync(raw, two, Stored.Raw, ("If-None-Match", "*"))).Problem(412, "precondition_failed");
        (await service.PutAsync(raw, two, Stored.Raw, ("If-Match", tag))).Good();
        (await service.PutAsync(raw, one, Stored.Raw, ("If-Match", tag))).Problem(412, "precondition_failed");
        (await service.PutAsync(raw, one, Stored.Raw, ("If-None-Match", tag))).Problem(400, "malformed_request");
        using var delete = new HttpRequestMessage(HttpMethod.Delete, "/api/arrays/guarded");
        delete.Headers.TryAddWithoutValidation("If-Match", tag);
        (await service.SendAsync(delete)).Problem(412, "precondition_failed");
        Assert.Equal(two, await service.BytesAsync("guarded", Stored.Raw));
    }

    [Fact]
    public async Task Lists_come_a_page_at_a_time()
    {
        foreach (var name in (string[])["page.a", "page.b", "page.c"])
        {
            await service.PutJsonAsync(name, Json.Floats(1));
        }

        var first = (await service.GetAsync("/api/arrays?prefix=page.&limit=2")).Good();
        Assert.Equal(2, first.GetProperty("arrays").GetArrayLength());
        var next = first.GetProperty("nextCursor").GetString();
        var second = (await service.GetAsync($"/api/arrays?prefix=page.&limit=2&cursor={next}")).Good();
        Assert.Equal("page.c", second.GetProperty("arrays")[0].GetProperty("name").GetString());
        Assert.Equal(System.Text.Json.JsonValueKind.Null, second.GetProperty("nextCursor").ValueKind);
    }

    [Theory]
    [InlineData("bad name", "1", 400, "malformed_request")]
    [InlineData("a@sha256:00", "1", 400, "malformed_request")]
    [InlineData("a", "", 400, "malformed_request")]
    [InlineData("a", "{", 400, "malformed_request")]
    [InlineData("a", "1", 400, "malformed_request")]
    [InlineData("a", "[]", 400, "malformed_request")]
    [InlineData("a", """{"dtype":"float32","shape":[2]}""", 400, "malformed_request")]
    [InlineData("a", """{"x":{"$ref":"b"}}""", 400, "malformed_request")]
    [InlineData("a", """{"dtype":"float32","shape":[1],"data":[1]} 2""", 400, "malformed_request")]
    [InlineData("a?dtype=float32", """{"dtype":"float32","shape":[1],"data":[1]}""", 400, "malformed_request")]
    [InlineData("a", """{"dtype":"float32","shape":[2147483648],"data":[1]}""", 413, "payload_too_large")]
    public async Task What_cannot_be_stored_is_refused_and_nothing_is_kept(
        string name,
        string body,
        int status,
        string code
    )
    {
        (await service.PutJsonAsync(Uri.EscapeDataString(name).Replace("%3F", "?").Replace("%3D", "="), body)).Problem(
            status,
            code
        );
        (await service.GetAsync("/api/arrays/a")).Problem(404, "array_not_found");
    }
}
