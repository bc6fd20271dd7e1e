using System.Net;
using System.Text.Json.Nodes;
using Torch2Jax.WebApi.Tests.Support;

namespace Torch2Jax.WebApi.Tests;

/// <summary>Functions that raise, and calls that do not fit them.</summary>
[Collection(ServiceCollection.Name)]
public sealed class BadCallTests(ServiceFixture fixture) : StoreUnchangedTests(fixture)
{
    [Fact]
    public async Task Division_of_the_smallest_integer_does_not_end_the_process()
    {
        const string call =
            """{"args":[{"dtype":"int64","shape":[1],"data":[-9223372036854775808]},{"dtype":"int64","shape":[1],"data":[-1]}]}""";
        const string source = "def f(x: Tensor, y: Tensor) -> Tensor:\n    return torch.floor_divide(x, y)\n";
        var (version, name) = (1, "divide");
        (await Service.PostAsync("/api/functions", Json.Registration(name, source))).Good(HttpStatusCode.Created);
        try
        {
            var answer = await Service.PostAsync($"/api/functions/{name}@{version}/invoke", call);
            Assert.True(answer.Status is HttpStatusCode.OK or HttpStatusCode.UnprocessableEntity, answer.Text);
        }
        finally
        {
            await Service.SendAsync(HttpMethod.Delete, $"/api/functions/{name}");
        }
    }

    [Fact]
    public async Task A_function_that_raises_says_why_and_where()
    {
        const string source =
            "def f(x: Tensor) -> Tensor:\n    if bool(x.sum() > 0):\n        raise RuntimeError(\"boom\")\n    return x\n";
        (await Service.PostAsync("/api/functions", Json.Registration("raises", source))).Good(HttpStatusCode.Created);
        try
        {
            var problem = (await Service.PostAsync("/api/functions/raises/invoke", Json.Call(Json.Floats(1)))).Problem(
                422,
                "execution_failed"
            );
            Assert.Contains("boom", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
            (await Service.PostAsync("/api/functions/raises/invoke", Json.Call(Json.Floats(-1)))).Good();
        }
        finally
        {
            await Service.SendAsync(HttpMethod.Delete, "/api/functions/raises");
        }
    }

    [Fact]
    public async Task A_wrong_rank_or_dtype_is_the_functions_own_error()
    {
        const string source = "def f(x: Tensor, y: Tensor) -> Tensor:\n    return torch.mm(x, y)\n";
        (await Service.PostAsync("/api/functions", Json.Registration("product", source))).Good(HttpStatusCode.Created);
        try
        {
            (
                await Service.PostAsync("/api/functions/product/invoke", Json.Call(Json.Floats(1), Json.Floats(1)))
            ).Problem(422, "execution_failed");
            var mixed = Json.Call(
                """{"dtype":"float32","shape":[1,1],"data":[1]}""",
                """{"dtype":"int64","shape":[1,1],"data":[1]}"""
            );
            (await Service.PostAsync("/api/functions/product/invoke", mixed)).Problem(422, "execution_failed");
        }
        finally
        {
            await Service.SendAsync(HttpMethod.Delete, "/api/functions/product");
        }
    }

    [Fact]
    public async Task An_example_fixes_the_structure()
    {
        var example = new JsonArray(new JsonObject { ["dtype"] = "float32", ["shape"] = new JsonArray(3) });
        (
            await Service.PostAsync(
                "/api/functions",
                Json.Registration("strict", Json.Double, ("exampleArgs", example))
            )
        ).Good(HttpStatusCode.Created);
        try
        {
            var problem = (
                await Service.PostAsync("/api/functions/strict/invoke", Json.Call(Json.Floats(1), Json.Floats(1)))
            ).Problem(422, "structure_mismatch");
            Assert.Contains(
                "expected input structure",
                problem.GetProperty("detail").GetString(),
                StringComparison.Ordinal
            );
            var keywords = """{"args":[],"kwargs":{"x":{"dtype":"float32","shape":[3],"data":[1,2,3]}}}""";
            problem = (await Service.PostAsync("/api/functions/strict/invoke", keywords)).Problem(
                422,
                "unexpected_keyword_arguments"
            );
            Assert.Contains(
                "Keyword arguments not expected!",
                problem.GetProperty("detail").GetString(),
                StringComparison.Ordinal
            );
        }
        finally
        {
            await Service.SendAsync(HttpMethod.Delete, "/api/functions/strict");
        }
    }
}
