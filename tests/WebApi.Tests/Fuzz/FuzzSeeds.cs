using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.WebApi.Tests.Support;

namespace Torch2Jax.WebApi.Tests.Fuzz;

/// <summary>Valid requests to start from: of every operation in the OpenAPI document, and of the bodies that it cannot show.</summary>
internal static class FuzzSeeds
{
    /// <summary>The functions that the requests call.</summary>
    public static readonly (string Name, string Source)[] Functions =
    [
        ("double", Json.Double),
        ("gone", Json.Double),
        (
            "weighted",
            "def f(params: Dict[str, Tensor], x: Tensor, n: int = 1) -> Dict[str, Tensor]:\n    return {\"y\": x * params[\"w\"] * n, \"b\": params[\"b.c\"]}\n"
        ),
        (
            "statics",
            "def f(x: Tensor, n: int, s: float, b: bool, t: str, l: List[int], o: Optional[Tensor] = None) -> Tuple[Tensor, Tensor]:\n    y = x.sum() * s + n + len(t)\n    if b:\n        y = y * 2\n    if o is not None:\n        y = y + o.sum()\n    return y, x.reshape(l)\n"
        ),
        ("square", "def f(x: Tensor) -> Tensor:\n    return (x * x).sum()\n"),
        ("matmul", "def f(a: Tensor, b: List[Tensor]) -> List[Tensor]:\n    return [torch.matmul(a, c) for c in b]\n"),
        ("pick", "def f(x: Tensor, i: Tensor) -> Tensor:\n    return torch.index_select(x, 0, i)\n"),
        ("noise", "def f(x: Tensor) -> Tensor:\n    return x + torch.rand_like(x)\n"),
        ("spectrum", "def f(x: Tensor) -> Tensor:\n    return torch.fft_fft(x)\n"),
        ("mask", "def f(x: Tensor) -> Tensor:\n    return x[x > 0]\n"),
    ];

    // A key, once made, would lock all later requests out.
    private static readonly string[] Spared = ["/api/keys"];

    /// <summary>What the document shows of each operation.</summary>
    public static IEnumerable<FuzzRequest> OfDocument(JsonElement document)
    {
        foreach (var path in document.GetProperty("paths").EnumerateObject())
        {
            foreach (var operation in path.Value.EnumerateObject())
            {
                if (Spared.Any(prefix => path.Name.StartsWith(prefix, StringComparison.Ordinal)))
                {
                    continue;
                }

                var method = operation.Name.ToUpperInvariant();
                var name = method == "DELETE" ? "gone" : "double";
                var target = path.Name.Replace("{name}", name).Replace("{model}", name).Replace("{version}", "1");
                foreach (var body in Bodies(operation.Value))
                {
                    yield return body is null
                        ? new FuzzRequest(method, target, [])
                        : new FuzzRequest(method, target, body, ("Content-Type", "application/json"));
                }
            }
        }
    }

    /// <summary>Requests that are known to succeed.</summary>
    public static IEnumerable<FuzzRequest> Good()
    {
        string[] calls =
        [
            """double {"args":[{"dtype":"float32","shape":[2,2],"data":[[1,2],[3,4]]}],"encoding":"base64","deadlineMs":5000}""",
            """double {"args":[{"dtype":"int64","shape":[3],"data":[1,-9223372036854775808,3]}],"transforms":[{"vmap":{"inAxes":0}}]}""",
            """double {"kwargs":{"x":{"dtype":"float16","shape":[2],"base64":"ADwAQA=="}},"device":"cpu","encoding":"nested"}""",
            """double {"args":[{"dtype":"float32","shape":[4],"data":[1,2,3,4]}],"sharding":{"mesh":{"axisNames":["x"],"shape":[2]},"inSpecs":[["x"]],"outSpecs":["x"]}}""",
            """weighted {"args":[{"w":{"dtype":"float32","shape":[],"data":[2]},"b.c":{"dtype":"bool","shape":[2],"data":[true,false]}},{"dtype":"float64","shape":[1],"data":["NaN"]}],"kwargs":{"n":3}}""",
            """statics {"args":[{"dtype":"float32","shape":[2,3],"data":[1,2,3,4,5,6]},3,0.5,true,"text",[3,2]],"kwargs":{"o":null}}""",
            """square {"args":[{"dtype":"float32","shape":[3],"data":[1,2,3]}],"transforms":[{"grad":{"argnums":0}}]}""",
            """square {"args":[{"dtype":"float64","shape":[3],"data":[1,2,3]}],"transforms":[{"hessian":{}}]}""",
            """square {"args":[{"$tuple":[{"dtype":"float32","shape":[2],"data":[1,2]}]},{"$tuple":[{"dtype":"float32","shape":[2],"data":[1,0]}]}],"transforms":[{"jvp":{}}]}""",
            """matmul {"args":[{"dtype":"float32","shape":[2,2],"data":[1,2,3,4]},[{"dtype":"float32","shape":[2,1],"data":[5,6]},{"dtype":"float32","shape":[2,2],"data":[1,0,0,1]}]]}""",
            """pick {"args":[{"dtype":"float32","shape":[3,2],"data":[1,2,3,4,5,6]},{"dtype":"int64","shape":[2],"data":[2,0]}],"transforms":[{"vmap":{"inAxes":[null,0],"method":"vectorized"}}]}""",
            """noise {"args":[{"dtype":"float32","shape":[2],"data":[1,2]}],"seed":7}""",
            """spectrum {"args":[{"dtype":"complex64","shape":[2],"data":[[1,2],[3,4]]}]}""",
            """mask {"args":[{"dtype":"bfloat16","shape":[3],"data":[1,-2,3]}]}""",
        ];
        foreach (var call in calls)
        {
            var parts = call.Split(' ', 2);
            yield return Post($"/api/functions/{parts[0]}/invoke", parts[1]);
            if (parts[0] != "mask")
            {
                yield return Post($"/api/functions/{parts[0]}/eval-shape", parts[1]);
            }
        }

        yield return Post(
            "/api/functions",
            Json.Registration(
                "fresh",
                "import torch\n\ndef f(x: Tensor, k: float = 2.0) -> Tensor:\n    y = x * k\n    for i in range(3):\n        y = torch.relu(y - 0.1) if i > 1 else y + 1\n    return y\n"
            )
        );
        yield return Post(
            "/api/functions",
            """{"name":"shaped","source":"def f(x: Tensor) -> Tensor:\n    return x.sum()\n","entry":"f","exampleArgs":[{"dtype":"float32","shape":[2]}],"outputShapes":{"dtype":"float32","shape":[]},"vmapMethod":"expand_dims","nondiffArgnums":[0],"description":"one"}"""
        );
        yield return new FuzzRequest("GET", "/api/functions?prefix=d&limit=2", []);
        foreach (var request in StoredArrays().Concat(Files()).Concat(Inferences()))
        {
            yield return request;
        }
    }

    private static IEnumerable<FuzzRequest> StoredArrays()
    {
        const string tree =
            """{"w":{"dtype":"float32","shape":[],"data":[2]},"b.c":{"dtype":"bool","shape":[2],"data":[true,false]}}""";
        yield return new FuzzRequest(
            "PUT",
            "/api/arrays/fuzz",
            System.Text.Encoding.UTF8.GetBytes(tree),
            ("Content-Type", "application/json")
        );
        yield return new FuzzRequest(
            "PUT",
            "/api/arrays/raw?dtype=float32&shape=2,2",
            new byte[16],
            ("Content-Type", "application/octet-stream")
        );
        const string call =
            """{"args":[{"$ref":"fuzz"},{"dtype":"float64","shape":[1],"data":[1]}],"kwargs":{"n":3}}""";
        yield return Post("/api/functions/weighted/invoke", call);
        yield return Post("/api/functions/weighted/eval-shape", call);
        yield return Post("/api/functions/matmul/invoke", """{"args":[{"$ref":"raw"},[{"$ref":"raw"}]]}""");
        yield return new FuzzRequest(
            "POST",
            "/api/functions/weighted/invoke?ref.params=fuzz&dtype=float32&shape=2",
            new byte[8],
            ("Content-Type", "application/octet-stream")
        );
        yield return Post(
            "/v2/models/weighted/infer",
            """{"parameters":{"n":2,"ref.params":"fuzz"},"inputs":[{"name":"x","datatype":"FP32","shape":[1],"data":[1]}]}"""
        );
        foreach (var type in (string[])["application/json", "application/x-npz", "application/x-safetensors"])
        {
            yield return new FuzzRequest("GET", "/api/arrays/fuzz", [], ("Accept", type));
        }

        yield return new FuzzRequest("GET", "/api/arrays/raw?encoding=nested", [], ("Accept", "application/json"));
        yield return new FuzzRequest("HEAD", "/api/arrays/raw", [], ("Accept", "application/x-npy"));
        yield return new FuzzRequest("GET", "/api/arrays?prefix=f&limit=1", []);
    }

    private static IEnumerable<FuzzRequest> Files()
    {
        using var x = NDArray.FromArray<float>([1, 2, 3, 4], 2, 2);
        using var w = NDArray.FromArray<float>([2]);
        using var npy = new MemoryStream();
        Npy.Write(npy, x);
        yield return new FuzzRequest(
            "POST",
            "/api/functions/double/invoke?deadlineMs=5000",
            npy.ToArray(),
            ("Content-Type", "application/x-npy"),
            ("Accept", "application/x-npy")
        );
        yield return new FuzzRequest(
            "POST",
            "/api/functions/double/invoke?dtype=float32&shape=2,2",
            npy.ToArray()[^16..],
            ("Content-Type", "application/octet-stream"),
            ("Accept", "application/octet-stream")
        );
        KeyValuePair<string, NDArray>[] arrays = [new("params.w", w), new("params.b.c", w), new("x", x)];
        foreach (var packed in (bool[])[false, true])
        {
            using var npz = new MemoryStream();
            Npz.Write(npz, arrays, packed);
            yield return new FuzzRequest(
                "POST",
                "/api/functions/weighted/invoke?parameters={%22n%22:3}",
                npz.ToArray(),
                ("Content-Type", "application/x-npz"),
                ("Accept", "application/x-npz")
            );
        }

        using var safe = new MemoryStream();
        Safetensors.Write(safe, arrays);
        yield return new FuzzRequest(
            "POST",
            "/api/functions/weighted/invoke",
            safe.ToArray(),
            ("Content-Type", "application/x-safetensors"),
            ("Accept", "application/x-safetensors")
        );
        var archive = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "goldens", "digits_mlp.pt"));
        yield return new FuzzRequest(
            "POST",
            "/api/functions/mlp/archive?functional=true",
            archive,
            ("Content-Type", "application/octet-stream")
        );
        byte[] form =
        [
            .. "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pt\"\r\n\r\n"u8,
            .. archive,
            .. "\r\n--b--\r\n"u8,
        ];
        yield return new FuzzRequest(
            "POST",
            "/api/functions/mlp/archive",
            form,
            ("Content-Type", "multipart/form-data; boundary=b")
        );
    }

    private static IEnumerable<FuzzRequest> Inferences()
    {
        yield return Post(
            "/v2/models/double/infer",
            """{"id":"7","inputs":[{"name":"x","datatype":"FP32","shape":[2,2],"data":[[1,2],[3,4]]}],"outputs":[{"name":"output0","parameters":{"binary_data":true}}]}"""
        );
        yield return Post(
            "/v2/models/weighted/versions/1/infer",
            """{"parameters":{"n":2,"timeout":9000000},"inputs":[{"name":"params.w","datatype":"FP64","shape":[],"data":[1]},{"name":"params.b.c","datatype":"BOOL","shape":[2],"data":[true,false]},{"name":"x","datatype":"INT64","shape":[1],"data":[9007199254740993]}]}"""
        );
        const string head =
            """{"inputs":[{"name":"a","datatype":"FP32","shape":[1,2],"parameters":{"binary_data_size":8}},{"name":"b.0","datatype":"FP32","shape":[2,1],"data":[1,2]},{"name":"b.1","datatype":"FP32","shape":[2,1],"parameters":{"binary_data_size":8}}],"parameters":{"binary_data_output":true}}""";
        yield return new FuzzRequest(
            "POST",
            "/v2/models/matmul/infer",
            [.. System.Text.Encoding.UTF8.GetBytes(head), .. new byte[16]],
            ("Inference-Header-Content-Length", $"{head.Length}")
        );
        yield return new FuzzRequest("POST", "/v2/repository/index", """{"ready":true}"""u8.ToArray());
        yield return new FuzzRequest(
            "POST",
            "/v2/repository/models/square/unload",
            """{"parameters":{"unload_dependents":false}}"""u8.ToArray()
        );
        yield return new FuzzRequest("POST", "/v2/repository/models/square/load", "{}"u8.ToArray());
    }

    private static FuzzRequest Post(string target, string json) =>
        new("POST", target, System.Text.Encoding.UTF8.GetBytes(json), ("Content-Type", "application/json"));

    private static IEnumerable<byte[]?> Bodies(JsonElement operation)
    {
        if (
            operation.TryGetProperty("requestBody", out var body)
            && body.GetProperty("content").TryGetProperty("application/json", out var json)
            && json.TryGetProperty("examples", out var examples)
        )
        {
            return examples
                .EnumerateObject()
                .Select(example => System.Text.Encoding.UTF8.GetBytes(example.Value.GetProperty("value").GetRawText()));
        }

        return [null];
    }
}
