using System.Diagnostics;
using System.Text.Json;

namespace Torch2Jax.Samples.Quickstart;

/// <summary>Calls a sample once, then often.</summary>
internal static class Measurement
{
    private const int Repeats = 50;

    public static async Task<TableRow> RunAsync(ServiceClient service, ISample sample)
    {
        var first = await CallAsync(service, sample);
        var (text, asExpected) = sample.Read(first.Answer.GetProperty("outputs"));
        var repeated = new List<(double Milliseconds, JsonElement Answer)>();
        for (var i = 0; i < Repeats; i++)
        {
            repeated.Add(await CallAsync(service, sample));
        }

        var last = repeated[^1].Answer;
        return new TableRow(
            first.Answer.GetProperty("function").GetString()!,
            text,
            asExpected,
            first.Milliseconds,
            first.Answer.GetProperty("cache").GetString()!,
            repeated.Select(call => call.Milliseconds).Order().ElementAt(Repeats / 2),
            last.GetProperty("cache").GetString()!,
            repeated.Select(call => call.Answer.GetProperty("elapsedMs").GetDouble()).Order().ElementAt(Repeats / 2)
        );
    }

    private static async Task<(double Milliseconds, JsonElement Answer)> CallAsync(
        ServiceClient service,
        ISample sample
    )
    {
        var started = Stopwatch.GetTimestamp();
        var answer = await service.PostAsync($"/api/functions/{sample.Function}/invoke", sample.Call);
        return (Stopwatch.GetElapsedTime(started).TotalMilliseconds, answer);
    }
}
