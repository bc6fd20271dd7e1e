using System.Globalization;
using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Trees;

namespace Torch2Jax.Samples.Quickstart;

/// <summary>Reads handwritten digits: the trained parameters travel as an argument, a dict of arrays.</summary>
internal sealed class DigitsSample : ISample
{
    private const int Right = 484;

    private readonly string source;
    private readonly long[] labels;

    public DigitsSample(string samples)
    {
        var folder = Path.Combine(samples, "digits");
        source = File.ReadAllText(Path.Combine(folder, "digits.py"));
        var parameters = Safetensors.Read(
            File.ReadAllBytes(Path.Combine(folder, "digits_mlp.safetensors")),
            ReadLimits.Default
        );
        var rows = Npz.Read(File.ReadAllBytes(Path.Combine(folder, "digits_test.npz")), ReadLimits.Default);
        labels = rows["y"].AsSpan<long>().ToArray();
        Call = ServiceClient.Json(writer =>
        {
            writer.WriteStartArray("args");
            var items = parameters.Select(item => KeyValuePair.Create(item.Key, PyTree.Leaf(item.Value)));
            TreeJson.Write(writer, PyTree.Dict(items), ArrayEncoding.Base64);
            TreeJson.Write(writer, PyTree.Leaf(rows["x"]), ArrayEncoding.Base64);
            writer.WriteEndArray();
            writer.WriteString("encoding", "nested");
        });
        foreach (var array in parameters.Values.Concat(rows.Values))
        {
            array.Dispose();
        }
    }

    public string Function => "digits";

    public ReadOnlyMemory<byte> Call { get; }

    public async Task<string> RegisterAsync(ServiceClient service)
    {
        var body = ServiceClient.Json(writer =>
        {
            writer.WriteString("name", Function);
            writer.WriteString("source", source);
            writer.WriteString("entry", "forward");
            writer.WriteString("description", "Logits of handwritten digits, 8x8 pixels a row.");
        });
        var answer = await service.PostAsync("/api/functions", body);
        return $"{answer.GetProperty("name")}@{answer.GetProperty("version")}";
    }

    public (string Text, bool AsExpected) Read(JsonElement outputs)
    {
        var right = outputs
            .GetProperty("data")
            .EnumerateArray()
            .Zip(labels)
            .Count(row => IndexOfLargest(row.First) == row.Second);
        var share = 100.0 * right / labels.Length;
        return (
            string.Create(CultureInfo.InvariantCulture, $"{right} of {labels.Length} digits right ({share:0.0} %)"),
            right == Right
        );
    }

    private static int IndexOfLargest(JsonElement logits) =>
        logits.EnumerateArray().Select((logit, i) => (Logit: logit.GetSingle(), i)).MaxBy(item => item.Logit).i;
}
