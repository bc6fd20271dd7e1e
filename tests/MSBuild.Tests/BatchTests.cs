using System.Text.Json;
using Torch2Jax.MSBuild.Tests.Support;

namespace Torch2Jax.MSBuild.Tests;

/// <summary>torch2jax batch.</summary>
[Collection(PackageCollection.Name)]
public sealed class BatchTests(PackageFixture package)
{
    private const string Picky = """
        def picky(x: Tensor) -> Tensor:
            if bool((x < 0).any()):
                raise ValueError('negative')
            return x.sqrt()

        """;

    private const string Slow = """
        def slow(x: Tensor) -> Tensor:
            y = x
            for i in range(60000):
                y = torch.sin(y)
            return y + x

        """;

    private readonly BatchPlace place = new(package);

    [Fact]
    public void A_batch_is_checked_run_listed_shown_and_deleted()
    {
        place.Register("bt_picky", Picky);
        place.WriteInputs(5);
        place.WriteManifest("bt_picky", "\"threads\": 1,");
        Assert.Equal(
            "of bt_picky: bt_picky@1 in 5 chunk(s), 1 thread(s) an operator.\n",
            place.Tool("batch", "check", "m.json").Succeeds().Output
        );
        Assert.False(Directory.Exists(place.PathOf("out")));

        var run = place.Tool("batch", "run", "m.json", "--summary", "s.json", "--json").Succeeds();
        using var answer = JsonDocument.Parse(run.Output);
        using var summary = JsonDocument.Parse(File.ReadAllText(place.PathOf("s.json")));
        Assert.True(JsonElement.DeepEquals(answer.RootElement, summary.RootElement));
        var id = answer.RootElement.GetProperty("id").GetString()!;
        Assert.Equal("completed", answer.RootElement.GetProperty("state").GetString());
        Assert.Equal(5, answer.RootElement.GetProperty("chunksDone").GetInt32());
        Assert.Equal(5, place.Outputs().Count);
        Assert.Contains("of bt_picky: 5 of 5 chunks (100 %)", run.Errors, StringComparison.Ordinal);

        var line = $"{id} of bt_picky (bt_picky@1) completed: 5 of 5 chunks\n";
        Assert.StartsWith(line, place.Tool("batch", "list").Succeeds().Output, StringComparison.Ordinal);
        Assert.Equal(line, place.Tool("batch", "show", id).Succeeds().Output);
        Assert.Contains("  chunk 4 (elements 4) completed\n", place.Tool("batch", "show", id, "--chunks").Output);
        Assert.Equal("", place.Tool("batch", "run", "m.json", "--quiet").Output);
        Assert.Equal($"Batch {id} is forgotten.\n", place.Tool("batch", "delete", id).Succeeds().Output);
        Assert.Equal(1, place.Tool("batch", "show", id).Code);
    }

    [Theory]
    [InlineData("m.json(6,12)", "malformed_request", "in/*.npy", "none/*.npy")]
    [InlineData("m.json(4,3)", "malformed_request", "\"name\": \"of ", "\"nam\": 3, \"name\": \"of ")]
    [InlineData("m.json(8,15)", "malformed_request", "out/{stem}.npy", "out/x.npy")]
    [InlineData("m.json", "function_not_found", "\"function\": \"bt_picky\"", "\"function\": \"bt_none\"")]
    [InlineData("m.json(9)", "malformed_request", "},\n}", "},\n]")]
    public void What_is_wrong_with_a_manifest_is_an_error_of_its_line(string at, string code, string from, string to)
    {
        place.Register("bt_picky", Picky);
        place.WriteInputs(2);
        place.WriteManifest("bt_picky");
        var text = File.ReadAllText(place.PathOf("m.json"));
        Assert.Contains(from, text, StringComparison.Ordinal);
        place.Write("m.json", text.Replace(from, to, StringComparison.Ordinal));
        foreach (var verb in (string[])["check", "run"])
        {
            var outcome = place.Tool("batch", verb, "m.json", "--errors=msbuild");
            Assert.StartsWith($"{at}: error T2J_{code}: ", outcome.Errors, StringComparison.Ordinal);
            Assert.Equal((2, ""), (outcome.Code, outcome.Output));
        }

        Assert.False(Directory.Exists(place.PathOf("out")));
    }

    [Fact]
    public void Exit_codes_say_how_a_batch_ended()
    {
        place.Register("bt_picky", Picky);
        place.WriteInputs(3, first: i => i == 1 ? -1 : i);
        place.WriteManifest("bt_picky");
        var failed = place.Tool("batch", "run", "m.json", "--errors=msbuild");
        Assert.Equal(8, failed.Code);
        Assert.Contains("error T2J_execution_failed: Batch ", failed.Errors, StringComparison.Ordinal);
        Assert.Contains("chunk 1 (elements 1) discarded: execution_failed, ", failed.Output, StringComparison.Ordinal);
        var id = failed.Output.Split(' ')[0];
        Assert.Equal(8, place.Tool("batch", "resume", id).Code);
        Assert.Equal(1, place.Tool("batch", "cancel", id).Code);

        // Its input is mended: a change that must be accepted.
        place.WriteInputs(3);
        var changed = place.Tool("batch", "resume", id);
        Assert.Equal(1, changed.Code);
        Assert.Contains("0001.npy", changed.Errors, StringComparison.Ordinal);
        Assert.Equal(0, place.Tool("batch", "resume", id, "--accept-changed-inputs").Code);

        Directory.Delete(place.PathOf("out"), recursive: true);
        place.WriteInputs(3, first: i => i == 1 ? -1 : i);
        place.WriteManifest("bt_picky", "\"onBadChunk\": \"skip\",");
        var skipped = place.Tool("batch", "run", "m.json", "--summary", "s.json", "--errors=msbuild");
        Assert.Equal(7, skipped.Code);
        Assert.Contains("warning T2J_chunks_skipped: 1 of 3 chunks", skipped.Errors, StringComparison.Ordinal);
        using var summary = JsonDocument.Parse(File.ReadAllText(place.PathOf("s.json")));
        var chunk = Assert.Single(summary.RootElement.GetProperty("skipped").EnumerateArray());
        Assert.Equal("execution_failed", chunk.GetProperty("error").GetProperty("code").GetString());
    }

    [Theory]
    [InlineData(1, "function_not_found", "batch", "show", "00000000-0000-0000-0000-000000000001")]
    [InlineData(2, "usage", "batch", "show", "no-id")]
    [InlineData(2, "usage", "batch", "list", "--limit", "0")]
    [InlineData(2, "usage", "batch", "run", "m.json", "--detach")]
    [InlineData(2, "file_not_found", "batch", "run", "none.json")]
    [InlineData(2, "usage", "schedule", "list")]
    [InlineData(2, "usage", "schedule", "add", "nightly", "m.json", "--every", "5")]
    [InlineData(3, "service_unreachable", "batch", "list", "--url", "http://127.0.0.1:1")]
    public void Each_misuse_has_its_exit_code(int code, string error, params string[] arguments)
    {
        place.WriteManifest("bt_picky");
        var outcome = place.Tool([.. arguments, "--errors=msbuild"]);
        Assert.Contains($": error T2J_{error}: ", outcome.Errors, StringComparison.Ordinal);
        Assert.Equal((code, ""), (outcome.Code, outcome.Output));
    }

    [Fact]
    public void Ctrl_C_ends_in_order_and_the_next_run_ends_with_the_same_bytes()
    {
        place.Register("bt_slow", Slow);
        place.WriteInputs(120);
        place.WriteManifest("bt_slow", "\"seed\": 3,");
        place.Tool("batch", "run", "m.json").Succeeds();
        var undisturbed = place.Outputs();
        Directory.Delete(place.PathOf("out"), recursive: true);

        using var run = place.StartTool("batch", "run", "m.json");
        place.WaitForOutputs(3);
        run.Interrupt();
        var outcome = run.Wait();
        Assert.Equal(130, outcome.Code);
        Assert.Contains("Interrupted; what is complete stays.", outcome.Errors, StringComparison.Ordinal);
        Assert.InRange(place.Outputs().Count, 3, 119);

        var again = place.Tool("batch", "run", "m.json", "--continue").Succeeds();
        Assert.Contains(" goes on.\n", again.Errors, StringComparison.Ordinal);
        Assert.Contains("completed: 120 of 120 chunks", again.Output, StringComparison.Ordinal);
        Assert.Equal(undisturbed, place.Outputs());
    }

    [Fact]
    public void A_batch_that_is_stopped_from_elsewhere_says_so()
    {
        place.Register("bt_slow", Slow);
        place.WriteInputs(300);
        place.WriteManifest("bt_slow", "\"seed\": 4,");
        using var run = place.StartTool("batch", "run", "m.json", "--errors=msbuild");
        place.WaitForOutputs(1);
        using var listed = JsonDocument.Parse(place.Tool("batch", "list", "--limit=1", "--json").Succeeds().Output);
        var id = listed.RootElement.GetProperty("batches")[0].GetProperty("id").GetString()!;
        Assert.StartsWith($"Batch {id} is stopped", place.Tool("batch", "cancel", id).Succeeds().Output);
        var outcome = run.Wait();
        Assert.Equal(9, outcome.Code);
        Assert.Contains("error T2J_batch_cancelled: ", outcome.Errors, StringComparison.Ordinal);
        place.Tool("batch", "delete", id).Succeeds();
    }

    [SkippableFact]
    public void On_a_terminal_there_is_a_bar_with_rate_and_time_left()
    {
        Skip.IfNot(File.Exists("/usr/bin/script"), "There is no /usr/bin/script (bsdutils), which makes a terminal.");
        place.Register("bt_slow", Slow);
        place.WriteInputs(60);
        place.WriteManifest("bt_slow", "\"seed\": 5,");
        var outcome = Command
            .Run(
                "/usr/bin/script",
                ["-qec", $"stty cols 120; dotnet '{Repository.Tool}' batch run m.json", "/dev/null"],
                place.Folder,
                [.. package.Environment, ("CI", null), ("NO_COLOR", null), ("TERM", "xterm-256color")]
            )
            .Succeeds();
        Assert.Contains("━━━━", outcome.Output, StringComparison.Ordinal);
        Assert.Matches(@"60/60\s+[\d.]+/s\s+0:00 left", outcome.Output);
        Assert.Contains("completed: 60 of 60 chunks", outcome.Output, StringComparison.Ordinal);
    }
}
