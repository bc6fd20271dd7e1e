using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.WebApi.Tests.Support;

namespace Torch2Jax.WebApi.Tests.Load;

/// <summary>One client that calls in every form there is, and knows what each answer must be.</summary>
internal sealed class MixedCaller(HttpClient client, int number, int seed, LoadResults results)
{
    public static readonly (string Name, string Source)[] Functions =
    [
        ("double", Json.Double),
        ("square", "def f(x: Tensor) -> Tensor:\n    return (x * x).sum()\n"),
        ("slow", "def f(x: Tensor) -> Tensor:\n    for i in range(2000):\n        x = torch.sin(x)\n    return x\n"),
    ];

    private readonly Random random = new(seed + number);
    private int registered;

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await StepAsync();
        }
    }

    private Task StepAsync() =>
        random.Next(40) switch
        {
            < 10 => JsonAsync("double", "", x => x + x),
            < 14 => JsonAsync("square", ",\"transforms\":[{\"grad\":{}}]", x => x + x),
            < 18 => Base64Async(),
            < 23 => RawAsync("application/octet-stream"),
            < 28 => RawAsync("application/x-npy"),
            < 34 => InferAsync(),
            < 36 => DeadlineAsync(),
            < 39 => LeaveAsync(),
            _ => RegisterAsync(),
        };

    private float[] Values()
    {
        var values = new float[random.Next(1, random.Next(4) == 0 ? 20_000 : 40)];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (random.NextSingle() - 0.5f) * 1000;
        }

        return values;
    }

    private async Task JsonAsync(string function, string more, Func<float, float> expected)
    {
        var values = Values();
        var body = $$"""{"args":[{{Json.Floats(values)}}]{{more}}}""";
        if (await SendAsync(Post(function, body)) is { } answer)
        {
            using var json = JsonDocument.Parse(answer);
            results.Check(function, values.Select(expected), Json.Data(json.RootElement.GetProperty("outputs")));
        }
    }

    private async Task Base64Async()
    {
        var values = Values();
        var packed = Convert.ToBase64String(MemoryMarshal.AsBytes(values.AsSpan()));
        var body =
            $$"""{"args":[{"dtype":"float32","shape":[{{values.Length}}],"base64":"{{packed}}"}],"encoding":"base64"}""";
        if (await SendAsync(Post("double", body)) is { } answer)
        {
            using var json = JsonDocument.Parse(answer);
            var bytes = json.RootElement.GetProperty("outputs").GetProperty("base64").GetBytesFromBase64();
            results.Check("base64", values.Select(x => x + x), MemoryMarshal.Cast<byte, float>(bytes).ToArray());
        }
    }

    private async Task RawAsync(string type)
    {
        var values = Values();
        var npy = type == "application/x-npy";
        using var array = NDArray.FromArray(values, values.Length);
        using var file = new MemoryStream();
        if (npy)
        {
            Npy.Write(file, array);
        }
        else
        {
            file.Write(array.Bytes);
        }

        var query = npy ? "" : string.Create(CultureInfo.InvariantCulture, $"?dtype=float32&shape={values.Length}");
        var request = new HttpRequestMessage(HttpMethod.Post, $"/api/functions/double/invoke{query}")
        {
            Content = new ByteArrayContent(file.ToArray()),
        };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        request.Headers.Accept.ParseAdd(type);
        if (await SendAsync(request) is { } answer)
        {
            using var read = npy ? Npy.Read(answer, ReadLimits.Default) : null;
            var given = read is null
                ? MemoryMarshal.Cast<byte, float>(answer).ToArray()
                : read.AsSpan<float>().ToArray();
            results.Check(type, values.Select(x => x + x), given);
        }
    }

    private async Task InferAsync()
    {
        var values = Values();
        var head =
            $$$"""{"inputs":[{"name":"x","datatype":"FP32","shape":[{{{values.Length}}}],"parameters":{"binary_data_size":{{{values.Length * 4}}} }}],"parameters":{"binary_data_output":true}}""";
        var request = new HttpRequestMessage(HttpMethod.Post, "/v2/models/double/infer")
        {
            Content = new ByteArrayContent(
                [.. System.Text.Encoding.ASCII.GetBytes(head), .. MemoryMarshal.AsBytes(values.AsSpan())]
            ),
        };
        request.Headers.Add("Inference-Header-Content-Length", $"{head.Length}");
        if (await SendAsync(request) is { } answer)
        {
            var given = MemoryMarshal.Cast<byte, float>(answer.AsSpan(answer.Length - (values.Length * 4)));
            results.Check("infer", values.Select(x => x + x), given.ToArray());
        }
    }

    // Some end in time, some do not; both are right.
    private async Task DeadlineAsync()
    {
        var deadline = string.Create(CultureInfo.InvariantCulture, $",\"deadlineMs\":{random.Next(1, 30)}");
        var body = $$"""{"args":[{{Json.Floats(0)}}]{{deadline}}}""";
        if (await SendAsync(Post("slow", body), HttpStatusCode.GatewayTimeout) is { } answer)
        {
            using var json = JsonDocument.Parse(answer);
            results.Check("slow", [0], Json.Data(json.RootElement.GetProperty("outputs")));
        }
    }

    private async Task LeaveAsync()
    {
        using var leaving = new CancellationTokenSource(random.Next(1, 20));
        try
        {
            using var request = Post("slow", $$"""{"args":[{{Json.Floats(Values())}}]}""");
            using var answer = await client.SendAsync(request, leaving.Token);
        }
        catch (OperationCanceledException)
        {
            results.Left();
        }
    }

    private async Task RegisterAsync()
    {
        var name = $"made_{number}_{++registered}";
        var source = $"def f(x: Tensor) -> Tensor:\n    return x + {registered}.0\n";
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/functions")
        {
            Content = new StringContent(
                Json.Registration(name, source),
                MediaTypeHeaderValue.Parse("application/json")
            ),
        };
        if (await SendAsync(request, HttpStatusCode.ServiceUnavailable) is null)
        {
            return;
        }

        results.Registered();
        if (await SendAsync(Post(name, Json.Call(Json.Floats(1))), HttpStatusCode.ServiceUnavailable) is { } answer)
        {
            using var json = JsonDocument.Parse(answer);
            results.Check(name, [1f + registered], Json.Data(json.RootElement.GetProperty("outputs")));
        }
    }

    private static HttpRequestMessage Post(string function, string body) =>
        new(HttpMethod.Post, $"/api/functions/{function}/invoke")
        {
            Content = new StringContent(body, MediaTypeHeaderValue.Parse("application/json")),
        };

    // The body of a good answer; null for the other status that may come.
    private async Task<byte[]?> SendAsync(HttpRequestMessage request, HttpStatusCode? other = null)
    {
        using (request)
        {
            using var response = await client.SendAsync(request);
            var body = await response.Content.ReadAsByteArrayAsync();
            if (response.IsSuccessStatusCode)
            {
                results.Good();
                return body;
            }

            var text = System.Text.Encoding.UTF8.GetString(body);
            results.Refused(
                request.RequestUri!.OriginalString,
                response.StatusCode,
                text,
                response.StatusCode == other
            );
            return null;
        }
    }
}
