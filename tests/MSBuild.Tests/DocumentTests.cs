using System.Text.RegularExpressions;
using Torch2Jax.MSBuild.Tests.Support;

namespace Torch2Jax.MSBuild.Tests;

/// <summary>docs/msbuild.md and docs/command-line.md: their files are written, their commands typed.</summary>
[Collection(PackageCollection.Name)]
public sealed partial class DocumentTests(PackageFixture package)
{
    [Fact]
    public void The_example_of_the_msbuild_page_works_as_typed()
    {
        var (folder, page) = Prepare("msbuild.md");
        var script = Blocks()
            .Matches(page)
            .Single(block => block.Groups["language"].Value == "sh")
            .Groups["text"]
            .Value;
        var outcome = Command.Run("bash", ["-e", "-c", script], folder, package.Environment).Succeeds();
        Assert.EndsWith("2\n12\n30\n", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_transcript_of_the_command_line_page_is_what_comes()
    {
        var (folder, page) = Prepare("command-line.md");
        var script = Blocks()
            .Matches(page)
            .Single(block => block.Groups["language"].Value == "console")
            .Groups["text"]
            .Value;
        var tool = Path.GetDirectoryName(Repository.Tool);
        // A database that nobody else registers in, since the page lists everything.
        (string, string?)[] environment =
        [
            ("TORCH2JAX_DATA", package.Data),
            ("PATH", $"{tool}:{Environment.GetEnvironmentVariable("PATH")}"),
        ];
        foreach (var step in Steps().Matches(script).Cast<Match>())
        {
            var command = step.Groups["command"]
                .Value.Replace("torch2jax ", "torch2jax --schema page ", StringComparison.Ordinal);
            var outcome = Command.Run("bash", ["-c", command], folder, environment);
            var written = outcome.Errors + outcome.Output;
            Assert.True(
                written == step.Groups["output"].Value,
                $"{command}\nwrote\n{written}\nthe page has\n{step.Groups["output"].Value}"
            );
        }
    }

    private (string Folder, string Page) Prepare(string name)
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", name));
        var folder = package.NewFolder("page-" + name);
        foreach (var file in Named().Matches(page).Cast<Match>())
        {
            File.WriteAllText(Path.Combine(folder, file.Groups["name"].Value), file.Groups["text"].Value);
        }

        return (folder, page);
    }

    [GeneratedRegex(@"^```(?<language>\w+)\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Blocks();

    [GeneratedRegex(
        @"^\*\*`(?<name>[^`]+)`\*\*\n\n```\w+\n(?<text>.*?)^```$",
        RegexOptions.Multiline | RegexOptions.Singleline
    )]
    private static partial Regex Named();

    [GeneratedRegex(@"^\$ (?<command>[^\n]+)\n(?<output>(?:(?!\$ )[^\n]*\n)*)", RegexOptions.Multiline)]
    private static partial Regex Steps();
}
