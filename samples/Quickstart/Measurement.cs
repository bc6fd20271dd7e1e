using System.Diagnostics;
using System.Text.Json;

namespace Torch2Jax.Samples.Quickstart;

/// <summary>Calls a sample once, then often.</summary>
internal static class Measurement
{
    private const int Repeats = 50;

    public static async Task<TableRow> RunAsync(ServiceClient service, ISample sample)
    {
        var (first, answer) = await CallAsync(service, sample);
        var (text, asExpected) = sample.Read(answer.GetProperty("outputs"));
        var repeated = new List<Timing>();
        for (var i = 0; i < Repeats; i++)
        {
            repeated.Add((await CallAsync(service, sample)).Timing);
        }

        var middle = repeated.OrderBy(timing => timing.Request).ElementAt(Repeats / 2);
        return new TableRow(answer.GetProperty("function").GetString()!, text, asExpected, first, middle);
    }

    private static async Task<(Timing Timing, JsonElement Answer)> CallAsync(ServiceClient service, ISample sample)
    {
        var started = Stopwatch.GetTimestamp();
        var answer = await service.PostAsync($"/api/functions/{sample.Function}/invoke", sample.Call);
        var elapsed = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        var timing = new Timing(
            elapsed,
            answer.GetProperty("elapsedMs").GetDouble(),
            answer.GetProperty("cache").GetString()!
        );
        return (timing, answer);
    }
}
