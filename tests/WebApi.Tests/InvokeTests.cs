using System.Buffers.Binary;
using Torch2Jax.WebApi.Tests.Support;

namespace Torch2Jax.WebApi.Tests;

[Collection(ServiceCollection.Name)]
public sealed class InvokeTests(ServiceFixture fixture)
{
    private readonly RunningService service = fixture.Service;

    [Fact]
    public async Task The_sample_of_the_documentation_is_a_miss_and_then_a_hit()
    {
        (await service.PostAsync("/api/functions", Json.Sample("register.json"))).Good(
            System.Net.HttpStatusCode.Created
        );
        var first = (await service.PostAsync("/api/functions/cross_entropy/invoke", Json.Sample("invoke.json"))).Good();
        Assert.Equal("miss", first.GetProperty("cache").GetString());
        var second = (
            await service.PostAsync("/api/functions/cross_entropy@1/invoke", Json.Sample("invoke.json"))
        ).Good();
        Assert.Equal("hit", second.GetProperty("cache").GetString());
        Assert.Equal("cross_entropy@1", second.GetProperty("function").GetString());
        Assert.Equal("float32[10, 5], int64[10]", second.GetProperty("shapeKey").GetString());
        Assert.Equal("PyTreeDef(*)", second.GetProperty("treedef").GetString());
        Assert.Equal(0, second.GetProperty("warnings").GetArrayLength());
        Assert.True(second.GetProperty("elapsedMs").GetDouble() > 0);
        Assert.Equal(1.9202995f, Json.Data(second.GetProperty("outputs"))[0], 1e-5f);
        Assert.Equal(
            ["outputs", "treedef", "function", "shapeKey", "cache", "warnings", "elapsedMs"],
            second.EnumerateObject().Select(field => field.Name)
        );
    }

    [Fact]
    public async Task Fields_come_in_any_order_and_no_content_type_is_needed()
    {
        await service.RegisterAsync("order", Json.Double);
        var body =
            """{"encoding":"nested","seed":null,"args":[{"data":[[1,2],[3,4]],"shape":[2,2],"dtype":"float32"}],"kwargs":{}}""";
        var answer = (await service.SendAsync(HttpMethod.Post, "/api/functions/order/invoke", body, null)).Good();
        Assert.Equal("[[2,4],[6,8]]", answer.GetProperty("outputs").GetProperty("data").GetRawText());
    }

    [Fact]
    public async Task Base64_goes_both_ways()
    {
        await service.RegisterAsync("base64", Json.Double);
        var bytes = new byte[8];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, 1.5f);
        BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(4), -2);
        var array = $$"""{"dtype":"float32","shape":[2],"base64":"{{Convert.ToBase64String(bytes)}}"}""";
        var answer = (
            await service.PostAsync("/api/functions/base64/invoke", $$"""{"args":[{{array}}],"encoding":"base64"}""")
        ).Good();
        var back = answer.GetProperty("outputs").GetProperty("base64").GetBytesFromBase64();
        Assert.Equal(3f, BinaryPrimitives.ReadSingleLittleEndian(back));
        Assert.Equal(-4f, BinaryPrimitives.ReadSingleLittleEndian(back.AsSpan(4)));
    }

    [Fact]
    public async Task Values_that_JSON_does_not_know_are_words()
    {
        await service.RegisterAsync("words", Json.Double);
        var body = """{"args":[{"dtype":"float32","shape":[3],"data":["NaN","Infinity","-Infinity"]}]}""";
        var answer = (await service.PostAsync("/api/functions/words/invoke", body)).Good();
        Assert.Equal(
            """["NaN","Infinity","-Infinity"]""",
            answer.GetProperty("outputs").GetProperty("data").GetRawText()
        );
    }

    [Fact]
    public async Task Arrays_without_elements_are_legal()
    {
        await service.RegisterAsync("empty", Json.Double);
        var answer = (
            await service.PostAsync(
                "/api/functions/empty/invoke",
                """{"args":[{"dtype":"float32","shape":[0,4],"data":[]}]}"""
            )
        ).Good();
        Assert.Equal("[0,4]", answer.GetProperty("outputs").GetProperty("shape").GetRawText());
    }

    [Fact]
    public async Task Eval_shape_reads_no_value_and_allocates_nothing()
    {
        await service.RegisterAsync("shapes", Json.Double);
        var answer = (
            await service.PostAsync(
                "/api/functions/shapes/eval-shape",
                """{"args":[{"dtype":"float32","shape":[1048576,1048576]}]}"""
            )
        ).Good();
        Assert.Equal("""{"dtype":"float32","shape":[1048576,1048576]}""", answer.GetProperty("outputs").GetRawText());
        Assert.Equal("PyTreeDef(*)", answer.GetProperty("treedef").GetString());
    }

    [Fact]
    public async Task A_gradient_is_a_transform_of_the_call()
    {
        await service.RegisterAsync("square", "def f(x: Tensor) -> Tensor:\n    return (x * x).sum()\n");
        var body = $$$"""{"args":[{{{Json.Floats(1, -2)}}}],"transforms":[{"grad":{"argnums":0}}]}""";
        var answer = (await service.PostAsync("/api/functions/square/invoke", body)).Good();
        Assert.Equal([2f, -4f], Json.Data(answer.GetProperty("outputs")));
    }

    [Fact]
    public async Task The_same_seed_gives_the_same_numbers()
    {
        await service.RegisterAsync("noise", "def f(x: Tensor) -> Tensor:\n    return x + torch.rand_like(x)\n");
        var body = $$"""{"args":[{{Json.Floats(0, 0, 0)}}],"seed":7}""";
        var first = (await service.PostAsync("/api/functions/noise/invoke", body)).Good();
        var second = (await service.PostAsync("/api/functions/noise/invoke", body)).Good();
        Assert.Equal(first.GetProperty("outputs").GetRawText(), second.GetProperty("outputs").GetRawText());
    }

    [Fact]
    public async Task A_call_that_outlives_its_deadline_answers_504_at_once()
    {
        await service.RegisterAsync(
            "slow",
            "def f(x: Tensor) -> Tensor:\n    i = 0\n    while i < 400:\n        x = torch.matmul(x, x) * 0.01\n        i += 1\n    return x\n"
        );
        var array = """{"dtype":"float32","shape":[600,600],"base64":"BASE64"}""".Replace(
            "BASE64",
            Convert.ToBase64String(new byte[4 * 600 * 600]),
            StringComparison.Ordinal
        );
        var began = DateTime.UtcNow;
        var answer = await service.PostAsync(
            "/api/functions/slow/invoke",
            $$"""{"args":[{{array}}],"deadlineMs":50}"""
        );
        Assert.True(DateTime.UtcNow - began < TimeSpan.FromSeconds(5));
        answer.Problem(504, "deadline_exceeded");
    }

    [Fact]
    public async Task Large_answers_arrive_whole()
    {
        await service.RegisterAsync(
            "ramp",
            "def f(n: int) -> Tensor:\n    return torch.arange(n, dtype=torch.float32)\n"
        );
        var answer = (await service.PostAsync("/api/functions/ramp/invoke", """{"args":[300000]}""")).Good();
        var data = Json.Data(answer.GetProperty("outputs"));
        Assert.Equal(Enumerable.Range(0, 300_000).Select(i => (float)i), data);
    }
}
