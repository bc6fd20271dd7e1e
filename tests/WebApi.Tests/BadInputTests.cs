using System.Net;
using System.Text.Json.Nodes;
using Torch2Jax.WebApi.Tests.Support;

namespace Torch2Jax.WebApi.Tests;

/// <summary>Requests that cannot be read, and functions that cannot be registered.</summary>
[Collection(ServiceCollection.Name)]
public sealed class BadInputTests(ServiceFixture fixture) : StoreUnchangedTests(fixture)
{
    public static TheoryData<string, int, string> BadSources() =>
        new()
        {
            { "def f(x: Tensor) -> Tensor:\n    return x +\n", 422, "invalid_source" },
            { "def f(x: Tensor) -> Tensor:\n    return torch.sin(y)\n", 422, "invalid_source" },
            { "", 422, "invalid_source" },
            {
                "def f(x: Tensor) -> Tensor:\n    torch.save(x, \"/tmp/out.pt\")\n    return x\n",
                422,
                "forbidden_operator"
            },
            {
                "def f(x: Tensor) -> Tensor:\n    return torch.from_file(\"/etc/passwd\", False, 10)\n",
                422,
                "forbidden_operator"
            },
            {
                "def f(x: Tensor) -> Tensor:\n    torch.set_grad_enabled(False)\n    return x\n",
                422,
                "forbidden_operator"
            },
            { "def f(x: Tensor) -> Tensor:\n    torch.manual_seed(1)\n    return x\n", 422, "forbidden_operator" },
            {
                $"def f(x: Tensor) -> Tensor:\n    return {new string('(', 20_000)}x{new string(')', 20_000)}\n",
                422,
                "invalid_source"
            },
            {
                $"def f(x: Tensor) -> Tensor:\n    return x{string.Concat(Enumerable.Repeat(" + x", 50_000))}\n",
                422,
                "invalid_source"
            },
            { $"def f(x: Tensor) -> Tensor:\n    return x # {new string('a', 1 << 20)}\n", 413, "payload_too_large" },
            { "def f(x: Tensor) -> Tensor:\n    return x # \u0000\n", 400, "malformed_request" },
            { "def f(x: Tensor, x: Tensor) -> Tensor:\n    return x\n", 422, "invalid_source" },
        };

    [Theory]
    [MemberData(nameof(BadSources))]
    public async Task A_bad_source_is_refused(string source, int status, string code)
    {
        var problem = (await Service.PostAsync("/api/functions", Json.Registration("bad", source))).Problem(
            status,
            code
        );
        Assert.True(problem.GetProperty("detail").GetString()!.Length < 20_000);
    }

    [Fact]
    public async Task The_message_of_a_source_that_does_not_compile_has_the_line()
    {
        var source = "def f(x: Tensor) -> Tensor:\n    y = x + 1\n    return torch.sinn(y)\n";
        var problem = (await Service.PostAsync("/api/functions", Json.Registration("bad", source))).Problem(
            422,
            "invalid_source"
        );
        Assert.Contains("sinn", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Contains("line 3", problem.GetProperty("detail").GetString(), StringComparison.OrdinalIgnoreCase);
    }

    public static TheoryData<string, string, string> BadRegistrations() =>
        new()
        {
            {
                """{"name":"bad","source":"def f(x: Tensor) -> Tensor:\n    return x\n","entry":"g"}""",
                "422 invalid_source",
                ""
            },
            { """{"name":"bad"}""", "400 malformed_request", "source" },
            { """{"source":"x"}""", "400 malformed_request", "name" },
            { """{"name":3,"source":"x"}""", "400 malformed_request", "name" },
            {
                """{"name":"a b","source":"def f(x: Tensor) -> Tensor:\n    return x\n"}""",
                "400 malformed_request",
                "name"
            },
            {
                """{"name":"a@1","source":"def f(x: Tensor) -> Tensor:\n    return x\n"}""",
                "400 malformed_request",
                "name"
            },
            {
                """{"name":"../etc","source":"def f(x: Tensor) -> Tensor:\n    return x\n"}""",
                "400 malformed_request",
                "name"
            },
            {
                """{"name":"ünïcode","source":"def f(x: Tensor) -> Tensor:\n    return x\n"}""",
                "400 malformed_request",
                "name"
            },
            { """{"name":"a\ud800","source":"x"}""", "400 malformed_request", "name" },
            { """{"name":"bad","source":"\ud800"}""", "400 malformed_request", "source" },
            { """{"name":"bad","source":"x","description":"\u0000"}""", "400 malformed_request", "description" },
            { """{"name":"bad","source":"x","sauce":1}""", "400 malformed_request", "sauce" },
            { """{"name":"bad","source":"x","\ud800":1}""", "400 malformed_request", "" },
            {
                """{"name":"bad","source":"def f(x: Tensor) -> Tensor:\n    return x\n","exampleArgs":[{"dtype":"float32","shaPe":[2]}]}""",
                "422 structure_mismatch",
                ""
            },
            {
                $$"""{"name":"bad","source":"def f(x: Tensor) -> Tensor:\n    return x\n","exampleArgs":[{{new string('[', 63)}}{{new string(']', 63)}}]}""",
                "422 structure_mismatch",
                ""
            },
            { """{"name":"bad","name":"worse","source":"x"}""", "400 malformed_request", "name" },
            {
                """{"name":"bad","source":"def f(x: Tensor) -> Tensor:\n    return x\n","vmapMethod":"magic"}""",
                "422 invalid_transform",
                "vmapMethod"
            },
            {
                """{"name":"bad","source":"def f(x: Tensor) -> Tensor:\n    return x\n","exampleArgs":[[]]}""",
                "422 structure_mismatch",
                ""
            },
        };

    [Theory]
    [MemberData(nameof(BadRegistrations))]
    public async Task A_bad_registration_is_refused(string body, string expected, string path)
    {
        var problem = (await Service.PostAsync("/api/functions", body)).Problem(
            int.Parse(expected[..3]),
            expected[4..]
        );
        if (path.Length > 0)
        {
            Assert.Equal(path, problem.GetProperty("path").GetString());
        }
    }

    public static TheoryData<string, string, string> BadCalls() =>
        new()
        {
            { "", "400 malformed_request", "" },
            { "[]", "400 malformed_request", "" },
            { "{", "400 malformed_request", "" },
            { "{} {}", "400 malformed_request", "" },
            { "not JSON", "400 malformed_request", "" },
            { """{"args":{}}""", "400 malformed_request", "args" },
            { """{"args":[],"arg":1}""", "400 malformed_request", "arg" },
            { """{"args":[],"seed":"x"}""", "400 malformed_request", "seed" },
            { """{"args":[],"deadlineMs":0}""", "400 malformed_request", "deadlineMs" },
            { """{"args":[],"encoding":"xml"}""", "400 malformed_request", "encoding" },
            { """{"args":[{"dtype":"float31","shape":[1],"data":[1]}]}""", "400 malformed_request", "args[0].dtype" },
            { """{"args":[{"dtype":"uint16","shape":[1],"data":[1]}]}""", "422 unsupported_dtype", "args[0].dtype" },
            {
                """{"args":[{"dtype":"float32","shape":[2,3],"data":[1,2,3]}]}""",
                "400 malformed_request",
                "args[0].data"
            },
            {
                """{"args":[{"dtype":"float32","shape":[1],"data":[1,2,3]}]}""",
                "400 malformed_request",
                "args[0].data"
            },
            { """{"args":[{"dtype":"float32","shape":[-1],"data":[1]}]}""", "400 malformed_request", "args[0].shape" },
            {
                """{"args":[{"dtype":"float32","shape":[536870912],"data":[1,2,3,4]}]}""",
                "413 payload_too_large",
                "args[0]"
            },
            { """{"args":[{"dtype":"float32","shape":[1],"data":[NaN]}]}""", "400 malformed_request", "" },
            {
                """{"args":[{"dtype":"float32","shape":[1],"data":["nan"]}]}""",
                "400 malformed_request",
                "args[0].data"
            },
            {
                """{"args":[{"dtype":"float32","shape":[1],"base64":"?"}]}""",
                "400 malformed_request",
                "args[0].base64"
            },
            {
                """{"args":[{"dtype":"float32","shape":[1],"base64":"AAA="}]}""",
                "400 malformed_request",
                "args[0].base64"
            },
            { """{"args":[]}""", "422 structure_mismatch", "" },
            { """{"args":[[]]}""", "422 structure_mismatch", "" },
            { """{"args":[null]}""", "422 structure_mismatch", "" },
            {
                """{"args":[{"dtype":"float32","shape":[],"data":[1]}],"kwargs":{"y":1}}""",
                "422 unexpected_keyword_arguments",
                ""
            },
            {
                """{"args":[{"dtype":"float32","shape":[],"data":[1]}],"device":"tpu"}""",
                "422 invalid_device",
                "device"
            },
            {
                """{"args":[{"dtype":"float32","shape":[],"data":[1]}],"transforms":[{"magic":{}}]}""",
                "422 invalid_transform",
                ""
            },
            {
                """{"args":[{"dtype":"int64","shape":[],"data":[1]}],"transforms":[{"grad":{}}]}""",
                "422 not_differentiable",
                ""
            },
            {
                """{"args":[{"dtype":"float32","shape":[],"data":[1]}],"outputShapes":{"dtype":"float32","shape":[7]}}""",
                "422 output_shape_mismatch",
                ""
            },
        };

    [Theory]
    [MemberData(nameof(BadCalls))]
    public async Task A_bad_call_is_refused_with_the_place(string body, string expected, string path)
    {
        var problem = (await Service.PostAsync("/api/functions/good/invoke", body)).Problem(
            int.Parse(expected[..3]),
            expected[4..]
        );
        if (path.Length > 0)
        {
            Assert.StartsWith(path, problem.GetProperty("path").GetString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_body_nested_too_deep_is_refused()
    {
        var body = Json.Call(new string('[', 5000) + new string(']', 5000));
        var answer = await Service.PostAsync("/api/functions/good/invoke", body);
        Assert.True(answer.Status is HttpStatusCode.RequestEntityTooLarge or HttpStatusCode.BadRequest, answer.Text);
        var deep = Json.Call(new string('[', 200) + new string(']', 200));
        (await Service.PostAsync("/api/functions/good/invoke", deep)).Problem(413, "payload_too_large");
    }

    [Fact]
    public async Task Too_many_leaves_are_refused()
    {
        var body = Json.Call("[" + string.Join(",", Enumerable.Repeat("1", 10_001)) + "]");
        (await Service.PostAsync("/api/functions/good/invoke", body)).Problem(413, "payload_too_large");
    }

    [Fact]
    public async Task An_archive_that_is_none_is_refused()
    {
        (
            await Service.SendAsync(
                HttpMethod.Post,
                "/api/functions/bad/archive",
                "no archive",
                "application/octet-stream"
            )
        ).Problem(422, "invalid_source");
        (
            await Service.SendAsync(HttpMethod.Post, "/api/functions/bad/archive", "", "application/octet-stream")
        ).Problem(400, "malformed_request");
        (await Service.SendAsync(HttpMethod.Post, "/api/functions/bad/archive", "x", "text/plain")).Problem(
            415,
            "unsupported_media_type"
        );
        var problem = (
            await Service.SendAsync(
                HttpMethod.Post,
                "/api/functions/bad/archive?colour=1",
                "x",
                "application/octet-stream"
            )
        ).Problem(400, "malformed_request");
        Assert.Equal("colour", problem.GetProperty("path").GetString());
    }
}
