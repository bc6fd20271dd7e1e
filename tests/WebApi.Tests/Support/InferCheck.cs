using System.Text.Json;

namespace Torch2Jax.WebApi.Tests.Support;

/// <summary>Compares an answer with what a recorded case says of it (tests/oip-fixtures/README.md).</summary>
internal static class InferCheck
{
    private const string LengthHeader = "Inference-Header-Content-Length";

    public static void Check(JsonElement recorded, WireAnswer answer)
    {
        Assert.True(answer.Status == 200, answer.Text);
        Assert.Equal(recorded.GetProperty("binary").GetBoolean(), answer.Headers.ContainsKey(LengthHeader));
        var split = answer.Headers.TryGetValue(LengthHeader, out var length) ? int.Parse(length) : answer.Body.Length;
        var head = JsonDocument.Parse(answer.Body.AsMemory(0, split)).RootElement;
        if (recorded.TryGetProperty("id", out var id))
        {
            Assert.Equal(id.GetString(), head.GetProperty("id").GetString());
        }

        var wanted = recorded.GetProperty("outputs").EnumerateArray().ToArray();
        var given = head.GetProperty("outputs").EnumerateArray().ToArray();
        Assert.Equal(wanted.Select(Name), given.Select(Name));
        foreach (var (want, got) in wanted.Zip(given))
        {
            Assert.Equal(want.GetProperty("datatype").GetString(), got.GetProperty("datatype").GetString());
            Assert.Equal(Integers(want.GetProperty("shape")), Integers(got.GetProperty("shape")));
            split += Compare(want, got, answer.Body.AsSpan(split));
        }

        Assert.Equal(answer.Body.Length, split);
    }

    public static void CheckCall(JsonElement expect, WireAnswer answer)
    {
        var good = expect.GetProperty("status").ValueKind == JsonValueKind.Number;
        Assert.True(good == (answer.Status == 200), answer.Text);
        if (expect.TryGetProperty("keys", out var keys))
        {
            var body = JsonDocument.Parse(answer.Text).RootElement;
            Assert.All(keys.EnumerateArray(), key => Assert.True(body.TryGetProperty(key.GetString()!, out _)));
        }

        if (expect.TryGetProperty("array_with", out var name))
        {
            Assert.Contains(
                name.GetString(),
                JsonDocument.Parse(answer.Text).RootElement.EnumerateArray().Select(Name)
            );
        }
    }

    // The bytes that the output takes behind the JSON.
    private static int Compare(JsonElement want, JsonElement got, ReadOnlySpan<byte> rest)
    {
        var datatype = want.GetProperty("datatype").GetString()!;
        var expected = want.GetProperty("data").EnumerateArray().Select(value => Number(value)).ToArray();
        double[] values;
        var taken = 0;
        if (got.TryGetProperty("parameters", out var parameters))
        {
            taken = parameters.GetProperty("binary_data_size").GetInt32();
            values = Numbers(datatype, rest[..taken]);
        }
        else
        {
            values = [.. got.GetProperty("data").EnumerateArray().Select(Number)];
        }

        Assert.Equal(expected.Length, values.Length);
        var tolerance =
            datatype == "FP16" ? 2e-3
            : datatype.StartsWith("FP", StringComparison.Ordinal) ? 1e-5
            : 0;
        foreach (var (a, b) in expected.Zip(values))
        {
            Assert.True(Math.Abs(a - b) <= tolerance * (1 + Math.Abs(a)), $"{b} where {a} was expected");
        }

        return taken;
    }

    private static double[] Numbers(string datatype, ReadOnlySpan<byte> bytes)
    {
        var size = datatype switch
        {
            "FP64" or "INT64" => 8,
            "FP32" or "INT32" => 4,
            "FP16" => 2,
            _ => 1,
        };
        var values = new double[bytes.Length / size];
        for (var i = 0; i < values.Length; i++)
        {
            var one = bytes[(i * size)..];
            values[i] = datatype switch
            {
                "FP64" => BitConverter.ToDouble(one),
                "FP32" => BitConverter.ToSingle(one),
                "FP16" => (double)BitConverter.ToHalf(one),
                "INT64" => BitConverter.ToInt64(one),
                "INT32" => BitConverter.ToInt32(one),
                "INT8" => (sbyte)one[0],
                _ => one[0],
            };
        }

        return values;
    }

    private static double Number(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.True => 1,
            JsonValueKind.False => 0,
            _ => value.GetDouble(),
        };

    private static string? Name(JsonElement tensor) => tensor.GetProperty("name").GetString();

    private static long[] Integers(JsonElement array) => [.. array.EnumerateArray().Select(value => value.GetInt64())];
}
