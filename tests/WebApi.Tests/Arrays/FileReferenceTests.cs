using System.Net;
using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.WebApi.Tests.Support;

namespace Torch2Jax.WebApi.Tests.Arrays;

/// <summary>Stored arrays beside bodies of arrays, and in the inference protocol.</summary>
[Collection(ServiceCollection.Name)]
public sealed class FileReferenceTests(ServiceFixture fixture)
{
    private const string Source =
        "def f(p: Dict[str, Tensor], x: Tensor, n: int = 1) -> Tensor:\n    return x * p[\"w\"] * n + p[\"b\"]\n";

    private readonly RunningService service = fixture.Service;

    [Theory]
    [InlineData(Stored.Npy, "ref.p=file.p")]
    [InlineData(Stored.Raw, "ref.p=file.p&dtype=float32&shape=2")]
    [InlineData(Stored.Npz, "ref.p=file.p")]
    [InlineData(Stored.Safetensors, "ref.p=file.p")]
    [InlineData(Stored.Npz, "ref.p.w=file.w&ref.p.b=file.b")]
    public async Task An_argument_is_named_in_the_address(string type, string query)
    {
        await PutAsync();
        using var x = NDArray.FromArray<float>([10, 20], 2);
        KeyValuePair<string, NDArray>[] named = [new("x", x)];
        var body = type switch
        {
            Stored.Npy => Stored.File(stream => Npy.Write(stream, x)),
            Stored.Npz => Stored.File(stream => Npz.Write(stream, named)),
            Stored.Safetensors => Stored.File(stream => Safetensors.Write(stream, named)),
            _ => x.Bytes.ToArray(),
        };
        var answer = await CallAsync($"{query}&parameters={{\"n\":2}}", body, type);
        Assert.Equal([41f, 121f], Json.Data(answer.Good().GetProperty("outputs")));
    }

    [Theory]
    [InlineData("ref.q=file.p", 400, "malformed_request")]
    [InlineData("ref.n=file.p", 400, "malformed_request")]
    [InlineData("ref.p=not a name", 400, "malformed_request")]
    [InlineData("ref.p=file.p&ref.x=file.w", 400, "malformed_request")]
    [InlineData("ref.p=nobody", 404, "array_not_found")]
    public async Task A_wrong_name_is_told(string query, int status, string code)
    {
        await PutAsync();
        using var x = NDArray.FromArray<float>([10, 20], 2);
        var answer = await CallAsync(query, Stored.File(stream => Npy.Write(stream, x)), Stored.Npy);
        answer.Problem(status, code);
    }

    [Fact]
    public async Task An_inference_names_them_among_its_parameters()
    {
        await PutAsync();
        const string input = """{"name":"x","datatype":"FP32","shape":[2],"data":[10,20]}""";
        var answer = await InferAsync($$$"""{"parameters":{"ref.p":"file.p","n":2},"inputs":[{{{input}}}]}""");
        Assert.Equal([41f, 121f], Json.Data(answer.Good().GetProperty("outputs")[0]));
        var all = await InferAsync("""{"parameters":{"ref.p":"file.p","ref.x":"file.w"},"inputs":[]}""");
        Assert.Equal([5f, 10f], Json.Data(all.Good().GetProperty("outputs")[0]));
        var unknown = await InferAsync($$$"""{"parameters":{"ref.p":"nobody"},"inputs":[{{{input}}}]}""");
        Assert.Equal(HttpStatusCode.NotFound, unknown.Status);
        Assert.StartsWith("No array 'nobody'", Without(unknown.Body.GetProperty("error").GetString()!));
        var number = await InferAsync($$$"""{"parameters":{"ref.p":5},"inputs":[{{{input}}}]}""");
        Assert.Equal(HttpStatusCode.BadRequest, number.Status);
    }

    private static string Without(string error) => error[(error.IndexOf(": ", StringComparison.Ordinal) + 2)..];

    private async Task PutAsync()
    {
        await service.RegisterAsync("filed", Source);
        await service.PutJsonAsync("file.w", Json.Floats(2, 3));
        await service.PutJsonAsync("file.b", Json.Floats(1));
        await service.PutJsonAsync("file.p", $$$"""{"w":{{{Json.Floats(2, 3)}}},"b":{{{Json.Floats(1)}}}}""");
    }

    private Task<Answer> InferAsync(string body) => service.PostAsync("/v2/models/filed/infer", body);

    private async Task<Answer> CallAsync(string query, byte[] body, string type)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/functions/filed/invoke?{query}");
        request.Content = new ByteArrayContent(body);
        request.Content.Headers.ContentType = new(type);
        return await service.SendAsync(request);
    }
}
