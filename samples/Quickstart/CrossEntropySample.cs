using System.Globalization;
using System.Text.Json;

namespace Torch2Jax.Samples.Quickstart;

/// <summary>The torch2jax documentation's example: both requests are files that curl can send too.</summary>
internal sealed class CrossEntropySample(string samples) : ISample
{
    private const float Loss = 1.9202995f;

    public string Function => "cross_entropy";

    public ReadOnlyMemory<byte> Call { get; } = File.ReadAllBytes(Path.Combine(samples, "cross_entropy/invoke.json"));

    public async Task<string> RegisterAsync(ServiceClient service)
    {
        var body = await File.ReadAllBytesAsync(Path.Combine(samples, "cross_entropy/register.json"));
        var answer = await service.PostAsync("/api/functions", body);
        return $"{answer.GetProperty("name")}@{answer.GetProperty("version")}";
    }

    public (string Text, bool AsExpected) Read(JsonElement outputs)
    {
        var loss = outputs.GetProperty("data")[0].GetSingle();
        return (string.Create(CultureInfo.InvariantCulture, $"loss {loss}"), Math.Abs(loss - Loss) < 1e-5f);
    }
}
