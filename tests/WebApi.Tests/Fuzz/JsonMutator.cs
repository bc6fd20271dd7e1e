using System.Text;
using System.Text.Json;

namespace Torch2Jax.WebApi.Tests.Fuzz;

/// <summary>Changes JSON where it means something: a value for another, fields twice, deep nests, texts that are none.</summary>
internal static class JsonMutator
{
    private static readonly string[] Values =
    [
        "null",
        "true",
        "false",
        "0",
        "1",
        "-1",
        "2",
        "0.5",
        "-0.0",
        "1e308",
        "1e999",
        "-1e-999",
        "9223372036854775807",
        "-9223372036854775808",
        "9223372036854775808",
        "18446744073709551615",
        "2147483647",
        "2147483648",
        "4294967296",
        "1099511627776",
        "123456789012345678901234567890",
        "\"\"",
        "\"NaN\"",
        "\"Infinity\"",
        "\"-Infinity\"",
        "\"x\"",
        "\"\\ud800\"",
        "\"\\u0000\"",
        "\"\\udfff\\ud800\"",
        "\"é\\ud83d\\ude00\"",
        "[]",
        "{}",
        "[[]]",
        "[null]",
        "[0]",
        "[-1]",
        "[1,2,3]",
        "[[1,2],[3]]",
        "[1,[2]]",
        "[\"a\",1]",
        "[9223372036854775807,9223372036854775807]",
        "[0,4294967296]",
        "{\"a\":1}",
        "{\"$tuple\":[]}",
        "{\"$tuple\":1}",
        "{\"$spec\":[\"x\"]}",
        "{\"$\":{}}",
        "{\"$$x\":[1]}",
        "{\"dtype\":\"float32\",\"shape\":[2]}",
        "{\"dtype\":\"float32\",\"shape\":[],\"data\":[1]}",
        "{\"dtype\":\"int64\",\"shape\":[2],\"data\":[1,-9223372036854775808]}",
        "{\"dtype\":\"complex64\",\"shape\":[1],\"data\":[[1,2]]}",
        "{\"dtype\":\"bool\",\"shape\":[2],\"data\":[true,2]}",
        "{\"dtype\":\"bfloat16\",\"shape\":[1,0,3],\"data\":[]}",
        "{\"dtype\":\"float32\",\"shape\":[1],\"base64\":\"AACAPw==\"}",
        "{\"dtype\":\"uint8\",\"shape\":[3],\"base64\":\"====\"}",
        "{\"dtype\":\"float64\",\"shape\":[1],\"data\":[\"NaN\"]}",
        "\"float32\"",
        "\"float16\"",
        "\"bfloat16\"",
        "\"int64\"",
        "\"uint64\"",
        "\"complex128\"",
        "\"float8_e4m3fn\"",
        "\"object\"",
        "\"FP32\"",
        "\"BYTES\"",
        "\"cpu\"",
        "\"cpu:1\"",
        "\"cpu:99999\"",
        "\"cuda:0\"",
        "\"base64\"",
        "\"nested\"",
        "[{\"grad\":{}}]",
        "[{\"grad\":{\"argnums\":[0,1]}}]",
        "[{\"vmap\":{\"inAxes\":[0,null]}}]",
        "[{\"vmap\":{\"axisSize\":4294967296}}]",
        "[{\"vmap\":{\"method\":\"vectorized\"}}]",
        "[{\"hessian\":{}}]",
        "[{\"jacfwd\":{\"argnums\":-1}}]",
        "[{\"jvp\":{}}]",
        "[{\"vjp\":{}}]",
        "[{\"valueAndGrad\":{\"hasAux\":true}}]",
        "[{\"vmap\":{}},{\"grad\":{}}]",
        "[{\"grad\":{}},{\"grad\":{}},{\"vmap\":{\"outAxes\":-3}}]",
        "{\"mesh\":{\"axisNames\":[\"x\"],\"shape\":[2]},\"inSpecs\":[[\"x\"]],\"outSpecs\":[\"x\"]}",
        "{\"mesh\":{\"x\":0}}",
    ];

    private static readonly string[] Names =
    [
        "args",
        "kwargs",
        "transforms",
        "device",
        "seed",
        "encoding",
        "sharding",
        "deadlineMs",
        "outputShapes",
        "dtype",
        "shape",
        "data",
        "base64",
        "name",
        "source",
        "entry",
        "exampleArgs",
        "inputs",
        "outputs",
        "parameters",
        "datatype",
        "id",
        "x",
        "",
        "binary_data_size",
        "binary_data_output",
        "binary_data",
        "classification",
        "timeout",
        "$tuple",
        "\\u0000",
        "\\ud800",
        "a\\\"b",
    ];

    /// <summary>Another JSON text, or what looks like one.</summary>
    public static byte[]? Mutate(byte[] json, Random random, List<string> done)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var target = random.Next(Count(document.RootElement));
            var text = new StringBuilder();
            Write(text, document.RootElement, ref target, random, done);
            return System.Text.Encoding.UTF8.GetBytes(text.ToString());
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // No JSON any more, or texts that are not Unicode: other changes came before.
            return null;
        }
    }

    private static int Count(JsonElement element) =>
        1
        + element.ValueKind switch
        {
            JsonValueKind.Object => element.EnumerateObject().Sum(property => Count(property.Value)),
            JsonValueKind.Array => element.EnumerateArray().Sum(Count),
            _ => 0,
        };

    private static void Write(StringBuilder text, JsonElement element, ref int target, Random random, List<string> done)
    {
        if (target-- == 0)
        {
            WriteChanged(text, element, random, done);
            return;
        }

        var first = true;
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                text.Append('{');
                foreach (var property in element.EnumerateObject())
                {
                    text.Append(first ? "" : ",").Append(JsonSerializer.Serialize(property.Name)).Append(':');
                    Write(text, property.Value, ref target, random, done);
                    first = false;
                }

                text.Append('}');
                break;
            case JsonValueKind.Array:
                text.Append('[');
                foreach (var item in element.EnumerateArray())
                {
                    text.Append(first ? "" : ",");
                    Write(text, item, ref target, random, done);
                    first = false;
                }

                text.Append(']');
                break;
            default:
                text.Append(element.GetRawText());
                break;
        }
    }

    private static void WriteChanged(StringBuilder text, JsonElement element, Random random, List<string> done)
    {
        var raw = element.GetRawText();
        var value = Values[random.Next(Values.Length)];
        var name = Names[random.Next(Names.Length)];
        var way = random.Next(10);
        done.Add($"json way {way}");
        switch (way)
        {
            case 0 when element.ValueKind == JsonValueKind.Object && element.EnumerateObject().Any():
                text.Append(raw.AsSpan(0, raw.Length - 1))
                    .Append(",\"")
                    .Append(name)
                    .Append("\":")
                    .Append(value)
                    .Append('}');
                break;
            case 1 when element.ValueKind == JsonValueKind.Object && element.EnumerateObject().Any():
                var one = element.EnumerateObject().ElementAt(random.Next(element.EnumerateObject().Count()));
                var again = random.Next(2) == 0 ? one.Value.GetRawText() : value;
                text.Append(raw.AsSpan(0, raw.Length - 1))
                    .Append(',')
                    .Append(JsonSerializer.Serialize(one.Name))
                    .Append(':');
                text.Append(again).Append('}');
                break;
            case 2 when element.ValueKind == JsonValueKind.Object:
                var left = element.EnumerateObject().Where(_ => random.Next(3) > 0);
                text.Append('{')
                    .AppendJoin(',', left.Select(p => $"{JsonSerializer.Serialize(p.Name)}:{p.Value.GetRawText()}"));
                text.Append('}');
                break;
            case 3:
                var depth = (int[])[1, 2, 60, 64, 65, 130, 1000, 5000];
                var levels = depth[random.Next(depth.Length)];
                var (open, close) = random.Next(2) == 0 ? ("[", "]") : ("{\"a\":", "}");
                text.Insert(text.Length, open, levels).Append(raw).Insert(text.Length, close, levels);
                break;
            case 4 when raw.Length < 2000:
                text.Append('[').AppendJoin(',', Enumerable.Repeat(raw, random.Next(1, 40))).Append(']');
                break;
            case 5 when element.ValueKind == JsonValueKind.Number:
                text.Append(raw)
                    .Append(
                        ((string[])["0", ".5", "e5", "e400", "e", ".", "0000000000000000000", "x"])[random.Next(8)]
                    );
                break;
            case 6 when element.ValueKind == JsonValueKind.String:
                text.Append('"').Insert(text.Length, "ab\\n", random.Next(1, 3000)).Append('"');
                break;
            default:
                text.Append(value);
                break;
        }
    }
}
