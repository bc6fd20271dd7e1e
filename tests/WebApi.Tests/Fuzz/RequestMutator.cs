using System.Globalization;
using System.IO.Compression;

namespace Torch2Jax.WebApi.Tests.Fuzz;

/// <summary>Makes one to three changes to a valid request.</summary>
internal static class RequestMutator
{
    private static readonly string[] Types =
    [
        "application/json",
        "application/json; charset=utf-8",
        "application/json; charset=utf-16",
        "text/json",
        "text/plain",
        "application/octet-stream",
        "application/x-npy",
        "application/x-npz",
        "application/x-safetensors",
        "multipart/form-data",
        "multipart/form-data; boundary=x",
        "multipart/form-data; boundary=\"\"",
        "application/xml",
        "garbage",
        "a/b/c",
        ";",
        "",
    ];

    private static readonly string[] Codings =
    [
        "gzip",
        "br",
        "deflate",
        "x-gzip",
        "identity",
        "compress",
        "gzip, br",
        "GZIP",
        "*",
        "",
    ];

    private static readonly string[] QueryValues =
    [
        "",
        "1",
        "-1",
        "x",
        "float32",
        "10,5",
        "99999999999,99999999999",
        ",",
        "%00",
        "%ff%fe",
        "%ed%a0%80",
        "%7B%7D",
        "%5B%5D",
        "null",
        "[{%22grad%22:{}}]",
        "{%22n%22:1e99}",
        "{%22n%22:3,%22n%22:4}",
        "{%22n%22:%22%5Cud800%22}",
        "9223372036854775808",
        "%22x%22",
        "+",
        "true",
    ];

    private static readonly string[] QueryNames =
    [
        "dtype",
        "shape",
        "transforms",
        "seed",
        "deadlineMs",
        "device",
        "encoding",
        "parameters",
        "limit",
        "cursor",
        "prefix",
        "entry",
        "functional",
        "exampleArgs",
        "outputShapes",
        "sharding",
        "vmapMethod",
        "description",
        "unknown",
        "",
    ];

    public static FuzzRequest Mutate(FuzzRequest valid, Random random)
    {
        var request = valid.Copy();
        for (var changes = 1 + random.Next(3); changes > 0; changes--)
        {
            Change(request, random);
        }

        Pack(request, random);
        return request;
    }

    private static void Change(FuzzRequest request, Random random)
    {
        switch (random.Next(20))
        {
            case < 8 when request.Body.Length > 0 && JsonMutator.Mutate(request.Body, random, request.Done) is { } json:
                request.Body = json;
                break;
            case < 14 when request.Body.Length > 0:
                request.Body = ByteMutator.Mutate(request.Body, random, request.Done);
                break;
            case < 16:
                ChangeQuery(request, random);
                break;
            case 16:
                ChangePath(request, random);
                break;
            case 17:
                request.Done.Add("method");
                request.Method = ((string[])["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])[
                    random.Next(7)
                ];
                break;
            default:
                ChangeHeader(request, random);
                break;
        }
    }

    private static void ChangeQuery(FuzzRequest request, Random random)
    {
        request.Done.Add("query");
        var (name, value) = (QueryNames[random.Next(QueryNames.Length)], QueryValues[random.Next(QueryValues.Length)]);
        var parts = request.Target.Split('?');
        var fields = parts.Length > 1 ? parts[1].Split('&').ToList() : [];
        if (fields.Count > 0 && random.Next(2) == 0)
        {
            var at = random.Next(fields.Count);
            fields[at] = random.Next(3) == 0 ? "" : $"{fields[at].Split('=')[0]}={value}";
        }
        else
        {
            fields.Add($"{name}={value}");
        }

        request.Target = $"{parts[0]}?{string.Join('&', fields)}";
    }

    private static void ChangePath(FuzzRequest request, Random random)
    {
        request.Done.Add("path");
        var end = request.Target.IndexOf('?', StringComparison.Ordinal) is var at and >= 0 ? at : request.Target.Length;
        var segments = request.Target[..end].Split('/');
        var segment = random.Next(1, segments.Length);
        segments[segment] = (
            (string[])
                [
                    "",
                    "nobody",
                    "double@1",
                    "double@999",
                    "double@99999999999999999999",
                    "double@",
                    "@1",
                    "a%00b",
                    "%ff",
                    "%ed%a0%80",
                    "..",
                    ".",
                    "%2f",
                    "a%20b",
                    new string('n', 300),
                    "double@-1",
                    "double@1@1",
                    "weighted",
                    "versions",
                    "*",
                ]
        )[random.Next(20)];
        request.Target = string.Join('/', segments) + request.Target[end..];
    }

    private static void ChangeHeader(FuzzRequest request, Random random)
    {
        var way = random.Next(13);
        request.Done.Add($"header way {way}");
        switch (way)
        {
            case 0:
                request.SetHeader("Content-Type", Types[random.Next(Types.Length)]);
                break;
            case 1:
                request.SetHeader("Content-Encoding", Codings[random.Next(Codings.Length)]);
                break;
            case 2:
                request.SetHeader(
                    "Accept",
                    random.Next(4) == 0
                        ? "q=;;,/"
                        : $"{Types[random.Next(Types.Length)]};q=0.{random.Next(10)}, */*;q=0.1"
                );
                break;
            case 3:
                request.SetHeader("Accept-Encoding", Codings[random.Next(Codings.Length)]);
                break;
            case 4:
                request.SetHeader(
                    "Inference-Header-Content-Length",
                    ((string[])["0", "-1", "x", "1", "99999999", "99999999999999999999", "", "1, 2"])[random.Next(8)]
                );
                break;
            case 5:
                request.SetHeader(
                    "Host",
                    ((string[])["localhost", "evil.example", "127.0.0.1:1", "", "a b", "[::1]"])[random.Next(6)]
                );
                request.MayBreakHttp = true;
                break;
            case 6:
                request.SetHeader(
                    "Origin",
                    ((string[])["http://evil.example", "null", "http://localhost", "\u00ff"])[random.Next(4)]
                );
                request.MayBreakHttp = true;
                break;
            case 7:
                request.SetHeader(
                    "Sec-Fetch-Site",
                    ((string[])["cross-site", "same-origin", "none", "x"])[random.Next(4)]
                );
                break;
            case 8:
                request.Length = (
                    (string[])
                        [
                            $"{request.Body.Length + 1 + random.Next(100)}",
                            $"{request.Body.Length / 2}",
                            "-1",
                            "x",
                            "99999999999999999999",
                            "1099511627776",
                        ]
                )[random.Next(6)];
                request.MayBreakHttp = true;
                break;
            case 9:
                request.SetHeader(
                    "traceparent",
                    random.Next(2) == 0 ? "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" : "00-x"
                );
                break;
            case 10:
                request.SetHeader("X-Long", new string('v', 1 << random.Next(16)));
                request.MayBreakHttp = true;
                break;
            case 11:
                request.SetHeader("Expect", "100-continue");
                request.MayBreakHttp = true;
                break;
            default:
                request.ChunkSize = 1 << random.Next(12);
                break;
        }
    }

    // Compressed, as half of all clients would, and sometimes damaged after it.
    private static void Pack(FuzzRequest request, Random random)
    {
        if (
            random.Next(8) != 0
            || request.Body.Length == 0
            || request.Headers.Exists(header => header.Name == "Content-Encoding")
        )
        {
            return;
        }

        var coding = ((string[])["gzip", "br", "deflate"])[random.Next(3)];
        request.Done.Add(coding);
        using var packed = new MemoryStream();
        using (
            Stream stream = coding switch
            {
                "gzip" => new GZipStream(packed, CompressionLevel.Fastest),
                "br" => new BrotliStream(packed, CompressionLevel.Fastest),
                _ => new ZLibStream(packed, CompressionLevel.Fastest),
            }
        )
        {
            stream.Write(request.Body);
        }

        request.Body =
            random.Next(3) == 0 ? ByteMutator.Mutate(packed.ToArray(), random, request.Done) : packed.ToArray();
        request.SetHeader("Content-Encoding", coding.ToString(CultureInfo.InvariantCulture));
    }
}
