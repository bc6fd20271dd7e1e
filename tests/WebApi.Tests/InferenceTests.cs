using System.Buffers.Binary;
using System.Text.Json;
using Torch2Jax.WebApi.Tests.Support;

namespace Torch2Jax.WebApi.Tests;

/// <summary>The Open Inference Protocol: requests recorded from a real client, and what is wrong about others.</summary>
[Collection(ServiceCollection.Name)]
public sealed class InferenceTests(ServiceFixture fixture)
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "oip-fixtures");
    private static readonly JsonElement Recorded = JsonDocument
        .Parse(File.ReadAllText(Path.Combine(Folder, "cases.json")))
        .RootElement;

    private readonly RunningService service = fixture.Service;

    public static TheoryData<string> Cases() =>
        [
            .. Recorded
                .GetProperty("cases")
                .EnumerateArray()
                .Select(recorded => recorded.GetProperty("name").GetString()!),
        ];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_recorded_client_gets_the_right_answer(string name)
    {
        foreach (var source in Recorded.GetProperty("sources").EnumerateObject())
        {
            var body = Json.Registration(source.Name, source.Value.GetString()!, ("entry", source.Name));
            Assert.True(
                (await service.PostAsync("/api/functions", body)).Status
                    is System.Net.HttpStatusCode.OK
                        or System.Net.HttpStatusCode.Created
            );
        }

        var recorded = Recorded
            .GetProperty("cases")
            .EnumerateArray()
            .Single(one => one.GetProperty("name").GetString() == name);
        var answer = await Wire.SendAsync(
            service.Address,
            await File.ReadAllBytesAsync(Path.Combine(Folder, $"{name}.request"))
        );
        if (recorded.GetProperty("kind").GetString() == "infer")
        {
            InferCheck.Check(recorded, answer);
        }
        else
        {
            InferCheck.CheckCall(recorded.GetProperty("expect"), answer);
        }
    }

    [Theory]
    [InlineData("""{"inputs":[]}""", 422)]
    [InlineData("""{}""", 400)]
    [InlineData("""{"inputs":[{"name":"x"}]}""", 400)]
    [InlineData("""{"inputs":[{"name":"x","datatype":"FP99","shape":[1],"data":[1]}]}""", 400)]
    [InlineData("""{"inputs":[{"name":"x","datatype":"UINT16","shape":[1],"data":[1]}]}""", 422)]
    [InlineData("""{"inputs":[{"name":"x","datatype":"BYTES","shape":[1],"data":["a"]}]}""", 400)]
    [InlineData("""{"inputs":[{"name":"x","datatype":"FP32","shape":[2],"data":[1]}]}""", 400)]
    [InlineData("""{"inputs":[{"name":"x","datatype":"FP32","shape":[1],"data":["a"]}]}""", 400)]
    [InlineData("""{"inputs":[{"name":"y","datatype":"FP32","shape":[1],"data":[1]}]}""", 400)]
    [InlineData("""{"inputs":[{"name":"x","datatype":"FP32","shape":[1],"data":[1]}],"outputs":[{"name":"z"}]}""", 400)]
    [InlineData(
        """{"inputs":[{"name":"x","datatype":"FP32","shape":[1],"data":[1]}],"outputs":[{"name":"output0","parameters":{"classification":3}}]}""",
        400
    )]
    [InlineData("""{"inputs":[{"name":"x","datatype":"FP32","shape":[1],"parameters":{"binary_data_size":4}}]}""", 400)]
    [InlineData("nothing", 400)]
    [InlineData("", 400)]
    public async Task A_wrong_inference_answers_in_the_protocols_form(string body, int status)
    {
        await service.RegisterAsync("twice", Json.Double);
        var answer = await service.PostAsync("/v2/models/twice/infer", body);
        Assert.True(status == (int)answer.Status, $"{(int)answer.Status}: {answer.Text}");
        Assert.Equal("application/json", answer.MediaType);
        Assert.NotEmpty(answer.Body.GetProperty("error").GetString()!);
    }

    [Theory]
    [InlineData("/v2/models/unknown/infer", "POST", 404)]
    [InlineData("/v2/models/unknown", "GET", 404)]
    [InlineData("/v2/models/unknown/ready", "GET", 404)]
    [InlineData("/v2/models/twice/versions/9", "GET", 404)]
    [InlineData("/v2/models/twice/infer", "GET", 405)]
    [InlineData("/v2/nothing", "GET", 404)]
    public async Task What_is_not_there_answers_in_the_protocols_form(string path, string method, int status)
    {
        await service.RegisterAsync("twice", Json.Double);
        var answer = await service.SendAsync(new HttpMethod(method), path, method == "POST" ? "{\"inputs\":[]}" : null);
        Assert.Equal(status, (int)answer.Status);
        Assert.NotEmpty(answer.Body.GetProperty("error").GetString()!);
    }

    [Theory]
    [InlineData("0", 4)]
    [InlineData("-1", 4)]
    [InlineData("x", 4)]
    [InlineData("100000", 4)]
    [InlineData("", 3)]
    [InlineData("", 5)]
    public async Task Bad_framing_of_binary_tensors_is_refused(string length, int bytes)
    {
        await service.RegisterAsync("twice", Json.Double);
        const string head =
            """{"inputs":[{"name":"x","datatype":"FP32","shape":[1],"parameters":{"binary_data_size":4}}]}""";
        var text =
            $"POST /v2/models/twice/infer HTTP/1.1\r\nHost: localhost\r\nInference-Header-Content-Length: {(length.Length > 0 ? length : head.Length)}\r\n"
            + $"Content-Length: {head.Length + bytes}\r\n\r\n{head}{new string('\0', bytes)}";
        var answer = await Wire.SendAsync(service.Address, text);
        Assert.Equal(400, answer.Status);
        Assert.NotEmpty(JsonDocument.Parse(answer.Text).RootElement.GetProperty("error").GetString()!);
    }

    [Fact]
    public async Task Bare_words_of_Python_are_numbers()
    {
        await service.RegisterAsync("twice", Json.Double);
        const string body =
            """{"id":"NaN","inputs":[{"name":"x","datatype":"FP32","shape":[3],"data":[NaN, -Infinity, 1]}]}""";
        var answer = (await service.PostAsync("/v2/models/twice/infer", body)).Good();
        Assert.Equal("NaN", answer.GetProperty("id").GetString());
        Assert.Equal("""["NaN","-Infinity",2]""", answer.GetProperty("outputs")[0].GetProperty("data").GetRawText());
    }

    [Fact]
    public async Task Metadata_is_of_the_example_or_of_the_calls_or_unknown()
    {
        await service.RegisterAsync("described", "def f(x: Tensor, n: int = 2) -> Tensor:\n    return x * n\n");
        var unknown = (await service.GetAsync("/v2/models/described")).Good();
        Assert.Equal("""[{"name":"x","datatype":"FP32","shape":[-1]}]""", unknown.GetProperty("inputs").GetRawText());
        foreach (var rows in (int[])[2, 3])
        {
            var array = $$"""{"dtype":"float64","shape":[{{rows}},1],"data":[{{string.Join(",", new int[rows])}}]}""";
            (await service.PostAsync("/api/functions/described/invoke", Json.Call(array))).Good();
        }

        var known = (await service.GetAsync("/v2/models/described")).Good();
        Assert.Equal("""[{"name":"x","datatype":"FP64","shape":[-1,1]}]""", known.GetProperty("inputs").GetRawText());
        Assert.Equal(
            """[{"name":"output0","datatype":"FP64","shape":[-1,1]}]""",
            known.GetProperty("outputs").GetRawText()
        );
    }

    [Fact]
    public async Task Outputs_of_a_dict_are_named_by_key_path_and_static_arguments_are_parameters()
    {
        await service.RegisterAsync(
            "named",
            "def f(x: Tensor, n: int) -> Dict[str, Tensor]:\n    return {\"sum\": x + n, \"product\": x * n}\n"
        );
        const string body =
            """{"parameters":{"n":3},"inputs":[{"name":"x","datatype":"FP32","shape":[1],"data":[2]}]}""";
        var outputs = (await service.PostAsync("/v2/models/named/infer", body)).Good().GetProperty("outputs");
        Assert.Equal(
            ["product", "sum"],
            outputs.EnumerateArray().Select(output => output.GetProperty("name").GetString())
        );
        Assert.Equal([6f], Json.Data(outputs[0]));
    }

    [Fact]
    public async Task An_unloaded_model_loads_again_on_its_next_use()
    {
        await service.RegisterAsync("unloaded", Json.Double);
        (
            await service.PostAsync(
                "/v2/repository/models/unloaded/unload",
                """{"parameters":{"unload_dependents":false}}"""
            )
        ).Good();
        Assert.Equal("UNAVAILABLE", await StateAsync("unloaded"));
        (await service.PostAsync("/api/functions/unloaded/invoke", Json.Call(Json.Floats(1)))).Good();
        Assert.Equal("READY", await StateAsync("unloaded"));
    }

    [Fact]
    public async Task Statistics_count_what_was_inferred()
    {
        await service.RegisterAsync("counted", Json.Double);
        const string good = """{"inputs":[{"name":"x","datatype":"FP32","shape":[1],"data":[2]}]}""";
        (await service.PostAsync("/v2/models/counted/infer", good)).Good();
        await service.PostAsync("/v2/models/counted/infer", "{}");
        var counts = (await service.GetAsync("/v2/models/counted/stats")).Good().GetProperty("model_stats")[0];
        Assert.Equal(1, counts.GetProperty("inference_count").GetInt32());
        Assert.Equal(1, counts.GetProperty("inference_stats").GetProperty("success").GetProperty("count").GetInt32());
        Assert.Equal(1, counts.GetProperty("inference_stats").GetProperty("fail").GetProperty("count").GetInt32());
    }

    [Fact]
    public async Task Four_mebibytes_go_through_in_binary()
    {
        await service.RegisterAsync("twice", Json.Double);
        const int count = 1 << 20;
        var head = System.Text.Encoding.UTF8.GetBytes(
            $$$"""{"parameters":{"binary_data_output":true},"inputs":[{"name":"x","datatype":"FP32","shape":[{{{count}}}],"parameters":{"binary_data_size":{{{4 * count}}}}}]}"""
        );
        var body = new byte[head.Length + (4 * count)];
        head.CopyTo(body, 0);
        for (var i = 0; i < count; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(body.AsSpan(head.Length + (4 * i)), i);
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, "/v2/models/twice/infer")
        {
            Content = new ByteArrayContent(body),
        };
        request.Headers.Add("Inference-Header-Content-Length", $"{head.Length}");
        using var response = await service.Client.SendAsync(request);
        var answer = await response.Content.ReadAsByteArrayAsync();
        var start = int.Parse(response.Headers.GetValues("Inference-Header-Content-Length").Single());
        Assert.Equal(start + (4 * count), answer.Length);
        for (var i = 0; i < count; i += 4097)
        {
            Assert.Equal(2f * i, BinaryPrimitives.ReadSingleLittleEndian(answer.AsSpan(start + (4 * i))));
        }
    }

    private async Task<string?> StateAsync(string name)
    {
        var index = (await service.SendAsync(HttpMethod.Post, "/v2/repository/index")).Good();
        return index
            .EnumerateArray()
            .Single(entry => entry.GetProperty("name").GetString() == name)
            .GetProperty("state")
            .GetString();
    }
}
