using Npgsql;
using Torch2Jax.MSBuild.Tests.Support;
using Torch2Jax.Registry.Embedded;

namespace Torch2Jax.MSBuild.Tests;

/// <summary>scripts/nightly-batch.sh as cron and systemd run it.</summary>
[Collection(PackageCollection.Name)]
public sealed class NightlyTests(PackageFixture package)
{
    private const string Slow = """
        def nightly_slow(x: Tensor) -> Tensor:
            y = x
            for i in range(60000):
                y = torch.sin(y)
            return y + x

        """;

    private static readonly string Script = Path.Combine(Repository.Root, "scripts/nightly-batch.sh");

    private readonly BatchPlace place = new(package);

    [Fact]
    public void The_cron_line_of_the_page_works_in_crons_bare_environment()
    {
        place.Register("nightly_slow", Slow);
        place.WriteInputs(4);
        place.WriteManifest("nightly_slow");
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs/batches.md"));
        var line = page.Split('\n').Single(text => text.StartsWith("30 2 * * * ", StringComparison.Ordinal));
        var command = line["30 2 * * * ".Length..]
            .Replace("/opt/torch2jax/nightly-batch.sh", $"'{Script}'", StringComparison.Ordinal)
            .Replace("/srv/torch2jax/nightly.json", $"'{place.PathOf("m.json")}'", StringComparison.Ordinal)
            .Replace("/var/log/torch2jax-nightly.log", $"'{place.PathOf("nightly.log")}'", StringComparison.Ordinal);
        Assert.DoesNotContain("/opt/", command, StringComparison.Ordinal);

        var outcome = Bare(command, "/bin/sh");
        Assert.True(outcome.Code == 0, outcome.All + Log());
        Assert.Equal("", outcome.All);
        Assert.Equal(4, place.Outputs().Count);
        Assert.All(Log().TrimEnd().Split('\n'), text => Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ ", text));
        Assert.EndsWith(" ends: complete\n", Log(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_night_that_is_killed_is_finished_by_the_next_run_and_two_at_once_are_one()
    {
        place.Register("nightly_slow", Slow);
        place.WriteInputs(150);
        place.WriteManifest("nightly_slow");
        using var first = Start();
        place.WaitForOutputs(3);
        var second = Run();
        Assert.Equal(75, second.Code);
        Assert.Contains("another run of", second.Output, StringComparison.Ordinal);

        Command.Run("kill", ["-TERM", $"{first.Id}"], "/").Succeeds();
        var ended = first.Wait();
        Assert.Equal(130, ended.Code);
        Assert.EndsWith("ends: interrupted; the next run goes on with it\n", ended.Output, StringComparison.Ordinal);
        Assert.InRange(place.Outputs().Count, 3, 149);

        var third = Run();
        Assert.True(third.Code == 0, third.All);
        Assert.Contains(" goes on.\n", third.Output, StringComparison.Ordinal);
        Assert.Contains("completed: 150 of 150 chunks", third.Output, StringComparison.Ordinal);
        Assert.Equal(150, place.Outputs().Count);
        // What is there is not made again, and the night's own batch was made once.
        Assert.Equal(2, Run().Code);
    }

    [Fact]
    public async Task What_an_earlier_night_left_is_finished_and_then_tonights_is_made()
    {
        place.Register("nightly_slow", Slow);
        place.WriteInputs(100);
        var manifest = place.WriteManifest("nightly_slow", "\"overwrite\": true,");
        using (var run = Start())
        {
            place.WaitForOutputs(3);
            Command.Run("kill", ["-TERM", $"{run.Id}"], "/").Succeeds();
            Assert.Equal(130, run.Wait().Code);
        }

        var server = await EmbeddedPostgres.StartAsync(package.Data, null, default);
        await using (var source = NpgsqlDataSource.Create(server.ConnectionString))
        await using (
            var age = source.CreateCommand(
                "update torch2jax.batches set created_at = created_at - interval '1 day' where folder = $1"
            )
        )
        {
            age.Parameters.AddWithValue(Path.GetDirectoryName(manifest)!);
            Assert.Equal(1, await age.ExecuteNonQueryAsync());
        }

        var next = Run();
        Assert.True(next.Code == 0, next.All);
        Assert.Equal(2, next.Output.Split("completed: 100 of 100 chunks").Length - 1);
        Assert.Equal(1, next.Output.Split(" goes on.").Length - 1);
    }

    [Theory]
    [InlineData("", "which manifest?")]
    [InlineData("-q m.json", "there is no option -q")]
    [InlineData("-l", "-l needs a value")]
    [InlineData("none.json", "there is no file 'none.json'")]
    [InlineData("m.json more", "'more' is one too many")]
    [InlineData("-t /none m.json", "torch2jax is not on the PATH")]
    public void Bad_arguments_are_refused_and_nothing_is_run(string arguments, string because)
    {
        place.WriteManifest("nightly_slow");
        var outcome = Command.Run(
            "bash",
            [Script, .. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)],
            place.Folder
        );
        Assert.Equal((2, ""), (outcome.Code, outcome.Output));
        Assert.Contains($"nightly-batch.sh: {because}", outcome.Errors, StringComparison.Ordinal);
        Assert.Contains("usage: scripts/nightly-batch.sh", outcome.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void The_exit_code_of_the_tool_is_the_scripts()
    {
        place.WriteManifest("never_registered_at_all");
        place.WriteInputs(1);
        var outcome = Run("-s", place.PathOf("s.json"), "m.json");
        Assert.Equal(2, outcome.Code);
        Assert.Contains("function_not_found", outcome.Output, StringComparison.Ordinal);
        Assert.EndsWith("ends: exit code 2\n", outcome.Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void The_systemd_units_are_what_systemd_understands()
    {
        Skip.IfNot(
            File.Exists("/usr/bin/systemd-analyze"),
            "NOT CHECKED: there is no systemd-analyze, so nobody looked at deploy/systemd/torch2jax-nightly.*."
        );
        foreach (var unit in (string[])["torch2jax-nightly.service", "torch2jax-nightly.timer"])
        {
            var text = File.ReadAllText(Path.Combine(Repository.Root, "deploy/systemd", unit));
            place.Write(
                unit,
                text.Replace(
                    "/opt/torch2jax/nightly-batch.sh",
                    Script.Replace(" ", "\\x20", StringComparison.Ordinal),
                    StringComparison.Ordinal
                )
            );
        }

        var outcome = Command.Run(
            "systemd-analyze",
            ["verify", "--man=no", place.PathOf("torch2jax-nightly.service"), place.PathOf("torch2jax-nightly.timer")],
            place.Folder
        );
        Assert.True(outcome.Code == 0, outcome.All);
        Assert.DoesNotContain("torch2jax-nightly", outcome.All, StringComparison.Ordinal);
    }

    // PATH, HOME and SHELL are all that cron gives; the rest is the test's own place in the world.
    private Outcome Bare(string command, string shell) =>
        Command.Run(
            "env",
            [
                "-i",
                "HOME=/nonexistent",
                $"SHELL={shell}",
                "PATH=/usr/bin:/bin",
                $"DOTNET_ROOT={DotnetRoot}",
                $"TORCH2JAX_DATA={package.Data}",
                $"TMPDIR={place.Folder}",
                shell,
                "-c",
                command.Replace(Script + "'", $"{Script}' -t '{Tool}'", StringComparison.Ordinal),
            ],
            "/"
        );

    private static string Tool => Path.ChangeExtension(Repository.Tool, null);

    private static string DotnetRoot => Path.GetDirectoryName(Environment.ProcessPath)!;

    private Outcome Run(params string[] arguments)
    {
        using var command = Start(arguments);
        return command.Wait();
    }

    private Command Start(params string[] arguments) =>
        new(
            "bash",
            [Script, "-t", Tool, .. arguments.Length == 0 ? ["m.json"] : arguments],
            place.Folder,
            [.. package.Environment, ("DOTNET_ROOT", DotnetRoot), ("TMPDIR", place.Folder), ("XDG_RUNTIME_DIR", null)]
        );

    private string Log() => File.ReadAllText(place.PathOf("nightly.log"));
}
