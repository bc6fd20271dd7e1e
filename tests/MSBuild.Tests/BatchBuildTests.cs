using Torch2Jax.MSBuild.Tests.Support;

namespace Torch2Jax.MSBuild.Tests;

/// <summary>Batches in a build: those that are out of date run, and what is wrong is an error of its file.</summary>
[Collection(PackageCollection.Name)]
public sealed class BatchBuildTests(PackageFixture package)
{
    private const string Source = """
        def built(x: Tensor) -> Tensor:
            if bool((x < 0).any()):
                raise ValueError('negative')
            return x * 2

        """;

    private const string Items = """
        <Torch2JaxFunction Include="functions.py" Name="built" />
        <Torch2JaxBatch Include="all.batch.json" />
        """;

    [Fact]
    public void A_batch_runs_when_its_manifest_its_files_or_its_function_changed_and_else_not()
    {
        var project = Project("built_a");
        Assert.Equal((1, 1), Runs(project.Build()));
        Assert.Equal("2,4\n", project.Read("out/a.csv"));
        Assert.Equal((0, 0), Runs(project.Build()));

        project.Write("in/b.csv", "5\n");
        Assert.Equal((0, 1), Runs(project.Build()));
        Assert.Equal("10\n", project.Read("out/b.csv"));
        File.Delete(project.PathOf("in/b.csv"));
        Assert.Equal((0, 1), Runs(project.Build()));
        Assert.Equal((0, 0), Runs(project.Build()));

        project.Write("all.batch.json", Manifest("built_a").Replace("out/", "out/n-", StringComparison.Ordinal));
        Assert.Equal((0, 1), Runs(project.Build()));
        Assert.Equal("2,4\n", project.Read("out/n-a.csv"));

        project.Write("functions.py", Source.Replace("x * 2", "x * 3", StringComparison.Ordinal));
        Assert.Equal((1, 1), Runs(project.Build()));
        Assert.Equal("3,6\n", project.Read("out/n-a.csv"));
        Assert.Equal((0, 0), Runs(project.Build("-t:Clean")));
        Assert.Equal((1, 1), Runs(project.Build()));
    }

    [Fact]
    public void Errors_name_the_manifest_and_a_mended_input_goes_on()
    {
        var project = Project("built_b");
        project.Write("all.batch.json", Manifest("built_b").Replace("in/*.csv", "in/*.npy", StringComparison.Ordinal));
        var wrong = project.Build().Fails();
        Assert.Contains("all.batch.json(3,", wrong.All, StringComparison.Ordinal);
        Assert.Contains(
            "error T2J_malformed_request: No file matches the pattern.",
            wrong.All,
            StringComparison.Ordinal
        );

        project.Write("all.batch.json", Manifest("built_b"));
        project.Write("in/a.csv", "-1\n");
        var failed = project.Build().Fails();
        Assert.Contains("error T2J_execution_failed: Torch2JaxBatch '", failed.All, StringComparison.Ordinal);
        Assert.Contains("negative", failed.All, StringComparison.Ordinal);

        project.Write("in/a.csv", "4\n");
        Assert.Equal((0, 1), Runs(project.Build()));
        Assert.Equal("8\n", project.Read("out/a.csv"));
    }

    [Fact]
    public void Chunks_that_may_be_left_out_are_a_warning()
    {
        var project = Project("built_c");
        project.Write("in/b.csv", "-1\n");
        project.Write(
            "all.batch.json",
            Manifest("built_c")
                .Replace("\"retries\"", "\"onBadChunk\": \"skip\", \"retries\"", StringComparison.Ordinal)
        );
        var built = project.Build().Succeeds();
        Assert.Contains("warning T2J_chunks_skipped: ", built.All, StringComparison.Ordinal);
        Assert.Contains("1 of 2 chunks", built.All, StringComparison.Ordinal);
        Assert.Equal((0, 0), Runs(project.Build()));
    }

    private SampleProject Project(string function)
    {
        var items = Items.Replace("built", function, StringComparison.Ordinal);
        var project = new SampleProject(package, $"Ein Stapel ({function})", items, Source);
        Directory.CreateDirectory(project.PathOf("in"));
        project.Write("in/a.csv", "1,2\n");
        project.Write("all.batch.json", Manifest(function));
        return project;
    }

    private static string Manifest(string function) =>
        $$"""
            {
              "function": "{{function}}", "args": [{ "$input": "x" }], "overwrite": true, "retries": 0,
              "inputs": { "x": { "files": "in/*.csv" } }, // tables
              "output": { "files": "out/{stem}.csv" },
            }
            """;

    private static (int Registered, int Batches) Runs(Outcome outcome)
    {
        outcome.Succeeds();
        return (outcome.Count("Registering "), outcome.Count("Torch2JaxBatch '"));
    }
}
