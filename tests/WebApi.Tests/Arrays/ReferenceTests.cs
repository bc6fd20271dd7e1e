using System.Net;
using Torch2Jax.WebApi.Tests.Support;

namespace Torch2Jax.WebApi.Tests.Arrays;

/// <summary>A call that names a stored array is the call with the array written out.</summary>
[Collection(ServiceCollection.Name)]
public sealed class ReferenceTests(ServiceFixture fixture)
{
    private const string Affine =
        "def affine(p: Dict[str, Tensor], x: Tensor) -> Tensor:\n    return x * p[\"w\"] + p[\"b\"]\n";

    private const string Weights =
        """{"w":{"dtype":"float32","shape":[2],"data":[2,3]},"b":{"dtype":"float32","shape":[1],"data":[1]}}""";

    private readonly RunningService service = fixture.Service;

    [Theory]
    [InlineData("""{"args":[{"$ref":"affine.p"},X]}""")]
    [InlineData("""{"args":[{"w":{"$ref":"affine.w"},"b":{"dtype":"float32","shape":[1],"data":[1]}},X]}""")]
    [InlineData("""{"args":[{"w":{"$ref":"affine.w"},"b":{"$ref":"affine.b"}},{"$ref":"affine.x"}]}""")]
    [InlineData("""{"args":[],"kwargs":{"x":X,"p":{"$ref":"affine.p"}}}""")]
    public async Task A_reference_stands_for_its_tree_wherever_it_is(string call)
    {
        await PutAsync();
        var answer = await service.PostAsync("/api/functions/affine/invoke", call.Replace("X", Json.Floats(10, 20)));
        Assert.Equal([21f, 61f], Json.Data(answer.Good().GetProperty("outputs")));
        var key = answer.Body.GetProperty("shapeKey").GetString();
        Assert.Equal(["float32[1]", "float32[2]", "float32[2]"], key!.Split(", ").Order());
    }

    [Fact]
    public async Task Transforms_and_sharding_see_the_arrays()
    {
        await PutAsync();
        await service.RegisterAsync(
            "affine_loss",
            "def loss(p: Dict[str, Tensor], x: Tensor) -> Tensor:\n    return (x * p[\"w\"] + p[\"b\"]).sum()\n"
        );
        const string grad = "\"transforms\":[{\"grad\":{\"argnums\":0}}],\"args\":[P,X]";
        await SameAsync("affine_loss", grad);
        const string vmap = "\"transforms\":[{\"vmap\":{\"inAxes\":[null,0]}}],\"args\":[P,X2]";
        await SameAsync("affine", vmap);
        const string vjp = "\"transforms\":[{\"vjp\":{}}],\"args\":[{\"$tuple\":[P,X]},X]";
        await SameAsync("affine", vjp);
        const string sharded =
            "\"sharding\":{\"mesh\":{\"axisNames\":[\"d\"],\"shape\":[2]},\"inSpecs\":[[],[\"d\"]],\"outSpecs\":[\"d\"]},\"args\":[P,X2]";
        await SameAsync("affine", sharded);
    }

    [Fact]
    public async Task Eval_shape_takes_the_shape_alone()
    {
        await PutAsync();
        var answer = await service.PostAsync(
            "/api/functions/affine/eval-shape",
            """{"args":[{"$ref":"affine.p"},{"dtype":"float32","shape":[7,2]}]}"""
        );
        Assert.Equal("[7,2]", answer.Good().GetProperty("outputs").GetProperty("shape").GetRawText());
    }

    [Fact]
    public async Task An_example_keeps_the_shapes_and_not_the_name()
    {
        await PutAsync();
        var body = Json.Registration(
            "affine_example",
            Affine,
            ("exampleArgs", System.Text.Json.Nodes.JsonNode.Parse("""[{"$ref":"affine.p"},{"$ref":"affine.x"}]"""))
        );
        var registered = (await service.PostAsync("/api/functions", body)).Good(HttpStatusCode.Created);
        Assert.DoesNotContain("$ref", registered.GetRawText(), StringComparison.Ordinal);
        Assert.Equal("float32[1], float32[2], float32[2]", registered.GetProperty("shapeKey").GetString());
    }

    [Fact]
    public async Task A_rewritten_name_is_what_it_is_now_and_a_bound_one_is_a_conflict()
    {
        await service.RegisterAsync("affine_same", Json.Double);
        var first = (await service.PutJsonAsync("rewritten", Json.Floats(1))).Body.GetProperty("sha256").GetString();
        var call = Json.Call("""{"$ref":"rewritten"}""");
        var bound = Json.Call($$"""{"$ref":"rewritten@sha256:{{first}}"}""");
        await GivesAsync([2f], "affine_same", call);
        await GivesAsync([2f], "affine_same", bound);
        await service.PutJsonAsync("rewritten", Json.Floats(5));
        await GivesAsync([10f], "affine_same", call);
        var refused = await service.PostAsync("/api/functions/affine_same/invoke", bound);
        Assert.Equal("args[0]", refused.Problem(409, "conflict").GetProperty("path").GetString());
    }

    [Theory]
    [InlineData("""{"$ref":"nobody"}""", 404, "array_not_found", "args[0]")]
    [InlineData("""{"p":[{"$ref":"nobody"}]}""", 404, "array_not_found", "args[0].p[0]")]
    [InlineData("""{"$ref":5}""", 400, "malformed_request", "args[0].$ref")]
    [InlineData("""{"$ref":null}""", 400, "malformed_request", "args[0].$ref")]
    [InlineData("""{"$ref":{"$ref":"a"}}""", 400, "malformed_request", "args[0].$ref")]
    [InlineData("""{"$ref":"a","b":1}""", 400, "malformed_request", "args[0].$ref")]
    [InlineData("""{"b":1,"$ref":"a"}""", 400, "malformed_request", "args[0].$ref")]
    [InlineData("""{"$ref":"a b"}""", 400, "malformed_request", "args[0].$ref")]
    [InlineData("""{"$ref":"a@sha256:12"}""", 400, "malformed_request", "args[0].$ref")]
    [InlineData("""{"$ref":"a@3"}""", 400, "malformed_request", "args[0].$ref")]
    [InlineData("""{"dtype":"float32","shape":[1],"$ref":"a"}""", 400, "malformed_request", "args[0]")]
    public async Task A_wrong_reference_says_what_and_where(string leaf, int status, string code, string path)
    {
        await service.RegisterAsync("affine_wrong", Json.Double);
        var answer = await service.PostAsync("/api/functions/affine_wrong/invoke", Json.Call(leaf));
        Assert.Equal(path, answer.Problem(status, code).GetProperty("path").GetString());
    }

    [Fact]
    public async Task An_unknown_name_comes_with_those_that_are_known()
    {
        await PutAsync();
        await service.RegisterAsync("affine_wrong", Json.Double);
        var answer = await service.PostAsync("/api/functions/affine_wrong/invoke", Json.Call("""{"$ref":"nobody"}"""));
        var detail = answer.Problem(404, "array_not_found").GetProperty("detail").GetString();
        Assert.StartsWith("No array 'nobody' is stored.", detail, StringComparison.Ordinal);
        Assert.Contains("affine.b", detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_is_called_ref_is_written_with_one_more_dollar()
    {
        await service.RegisterAsync("keyed", "def f(p: Dict[str, Tensor]) -> Dict[str, Tensor]:\n    return p\n");
        var call = $$$"""{"args":[{"$$ref":{{{Json.Floats(4)}}}}]}""";
        var outputs = (await service.PostAsync("/api/functions/keyed/invoke", call)).Good().GetProperty("outputs");
        Assert.Equal([4f], Json.Data(outputs.GetProperty("$$ref")));
    }

    [Fact]
    public async Task A_function_that_writes_into_its_inputs_leaves_the_stored_array_alone()
    {
        await service.RegisterAsync("writes", "def f(x: Tensor) -> Tensor:\n    x.add_(1)\n    return x\n");
        await service.RegisterAsync("returns", "def f(x: Tensor) -> Tensor:\n    return x\n");
        await service.PutJsonAsync("untouched", Json.Floats(1, 2));
        var call = Json.Call("""{"$ref":"untouched"}""");
        for (var i = 0; i < 3; i++)
        {
            await GivesAsync([2f, 3f], "writes", call);
            await GivesAsync([1f, 2f], "returns", call);
        }

        var kept = (await service.GetAsync("/api/arrays/untouched")).Good();
        Assert.Equal([1f, 2f], Json.Data(kept));
    }

    [Fact]
    public async Task A_worker_process_reads_it_in_place_and_cannot_change_it()
    {
        const string source = "def f(x: Tensor) -> Tensor:\n    x.add_(1)\n    return x.sum()\n";
        var body = Json.Registration("writes_apart", source, ("isolation", "process"));
        Assert.True((int)(await service.PostAsync("/api/functions", body)).Status < 300);
        var ones = new byte[400_000];
        System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(ones.AsSpan()).Fill(1);
        await service.PutAsync("apart?dtype=float32&shape=1000,100", ones, Stored.Raw);
        for (var i = 0; i < 3; i++)
        {
            await GivesAsync([200_000f], "writes_apart", Json.Call("""{"$ref":"apart"}"""));
        }

        Assert.Equal(ones, await service.BytesAsync("apart", Stored.Raw));
    }

    [Fact]
    public async Task The_digits_are_read_with_parameters_that_are_named()
    {
        var (pixels, labels) = Stored.Digits();
        var source = System.Text.Encoding.UTF8.GetString(Stored.Sample("digits.py"));
        var body = Json.Registration("digits", source, ("entry", "forward"));
        Assert.True((int)(await service.PostAsync("/api/functions", body)).Status < 300);
        await service.PutAsync("digits-params", Stored.Sample("digits_mlp.safetensors"), Stored.Safetensors);
        var answer = await service.PostAsync(
            "/api/functions/digits/invoke",
            $$$"""{"args":[{"$ref":"digits-params"},{{{pixels}}}],"encoding":"nested"}"""
        );
        Assert.Equal(484, Stored.Right(answer.Good().GetProperty("outputs"), labels));
    }

    private async Task PutAsync()
    {
        await service.RegisterAsync("affine", Affine);
        await service.PutJsonAsync("affine.p", Weights);
        await service.PutJsonAsync("affine.w", Json.Floats(2, 3));
        await service.PutJsonAsync("affine.b", Json.Floats(1));
        await service.PutJsonAsync("affine.x", Json.Floats(10, 20));
    }

    private async Task SameAsync(string function, string call)
    {
        const string rows = """{"dtype":"float32","shape":[4,2],"data":[1,2,3,4,5,6,7,8]}""";
        var filled = call.Replace("X2", rows).Replace("X", Json.Floats(10, 20));
        var written = await CallAsync(filled.Replace("P", Weights));
        var named = await CallAsync(filled.Replace("P", """{"$ref":"affine.p"}"""));
        Assert.Equal(written, named);

        async Task<string> CallAsync(string fields)
        {
            var answer = await service.PostAsync($"/api/functions/{function}/invoke", "{" + fields + "}");
            return answer.Good().GetProperty("outputs").GetRawText();
        }
    }

    private async Task GivesAsync(float[] expected, string function, string call)
    {
        var answer = await service.PostAsync($"/api/functions/{function}/invoke", call);
        Assert.Equal(expected, Json.Data(answer.Good().GetProperty("outputs")));
    }
}
