using System.Text.Json;
using System.Text.Json.Nodes;
using Torch2Jax.Arrays;
using Torch2Jax.Encoding;

namespace Torch2Jax.WebApi.Tests.Batches;

/// <summary>A batch that a schedule made.</summary>
internal sealed record MadeBatch(string Id, DateTimeOffset For, string State);

/// <summary>A folder for the batches of schedules, and what they are asked about.</summary>
internal sealed class BatchPlace : IDisposable
{
    public const string Slow =
        "def slow(x: Tensor) -> Tensor:\n    y = x\n    for i in range(200000):\n        y = torch.sin(y)\n    return y\n";

    public string Root { get; } = Directory.CreateTempSubdirectory("t2j-sched-").FullName;

    public void Dispose() => Directory.Delete(Root, recursive: true);

    public static JsonObject Manifest(string function) =>
        new()
        {
            ["function"] = function,
            ["args"] = new JsonArray(new JsonObject { ["$input"] = "x" }),
            ["inputs"] = new JsonObject { ["x"] = new JsonObject { ["files"] = "in/*.npy" } },
            ["output"] = new JsonObject { ["files"] = "out/{stem}.npy" },
            ["overwrite"] = true,
        };

    public static string Schedule(
        string name,
        string? cron,
        string? zone,
        int? everySeconds,
        string function,
        bool? paused = null,
        string? misfire = null,
        string? overlap = null
    )
    {
        var schedule = new JsonObject
        {
            ["name"] = name,
            ["cron"] = cron,
            ["timeZone"] = zone,
            ["everySeconds"] = everySeconds,
            ["paused"] = paused,
            ["misfire"] = misfire,
            ["overlap"] = overlap,
            ["manifest"] = Manifest(function),
        };
        return schedule.ToJsonString();
    }

    public void Write(string name)
    {
        var path = Path.Combine(Root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var array = NDArray.Allocate(DType.Float32, 4);
        array.AsSpan<float>().Fill(1.5f);
        using var stream = File.Create(path);
        Npy.Write(stream, array);
    }

    public void Delete(string name) => File.Delete(Path.Combine(Root, name));

    public IEnumerable<string> Files(string folder) =>
        new DirectoryInfo(Path.Combine(Root, folder))
            .EnumerateFiles("*.npy")
            .Select(f => f.Name)
            .Order(StringComparer.Ordinal);

    /// <summary>The batches of a schedule, once that many have ended; by time.</summary>
    public static Task<IReadOnlyList<MadeBatch>> BatchesAsync(HttpClient client, string schedule, int atLeast) =>
        UntilAsync(client, schedule, batches => batches.Count(batch => batch.State == "completed") >= atLeast);

    public static async Task<IReadOnlyList<MadeBatch>> UntilAsync(
        HttpClient client,
        string schedule,
        Func<IReadOnlyList<MadeBatch>, bool> holds
    )
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (true)
        {
            var batches = await ListAsync(client, schedule, limit.Token);
            if (holds(batches))
            {
                return [.. batches.Where(batch => batch.State is "completed")];
            }

            Assert.DoesNotContain(batches, batch => batch.State is "failed" or "cancelled");
            await Task.Delay(100, limit.Token);
        }
    }

    public static async Task<IReadOnlyList<MadeBatch>> ListAsync(
        HttpClient client,
        string schedule,
        CancellationToken limit = default
    )
    {
        var text = await client.GetStringAsync("/api/batches?limit=1000", limit);
        return
        [
            .. JsonDocument
                .Parse(text)
                .RootElement.GetProperty("batches")
                .EnumerateArray()
                .Where(batch => batch.GetProperty("schedule").GetString() == schedule)
                .Select(batch => new MadeBatch(
                    batch.GetProperty("id").GetString()!,
                    batch.GetProperty("scheduledAt").GetDateTimeOffset(),
                    batch.GetProperty("state").GetString()!
                ))
                .OrderBy(batch => batch.For),
        ];
    }

    public static async Task ScheduleUntilAsync(HttpClient client, string name, Func<JsonElement, bool> holds)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (
            !holds(JsonDocument.Parse(await client.GetStringAsync($"/api/schedules/{name}", limit.Token)).RootElement)
        )
        {
            await Task.Delay(100, limit.Token);
        }
    }
}
