using Torch2Jax.MSBuild.Tests.Support;

namespace Torch2Jax.MSBuild.Tests;

/// <summary>samples/msbuild, built where it is.</summary>
[Collection(PackageCollection.Name)]
public sealed class SampleTests(PackageFixture package)
{
    [Fact]
    public void The_sample_scores_the_digits_and_a_second_build_does_nothing()
    {
        Build("-t:Clean");
        var first = Build();
        Assert.Equal((1, 1), (first.Count("Registering "), first.Count("Torch2JaxCall '")));
        Assert.Equal(1, first.Count("Torch2JaxBatch '"));
        var scores = Path.Combine(Repository.Root, "samples/msbuild/obj/scores/digits_test.csv");
        Assert.Equal("484\n", File.ReadAllText(scores));
        Assert.Contains("484 of 500 digits right", first.Output, StringComparison.Ordinal);

        var second = Build();
        Assert.Equal((0, 0), (second.Count("Registering "), second.Count("Torch2JaxCall '")));
        Assert.Equal(0, second.Count("Torch2JaxBatch '"));
        Assert.Contains("484 of 500 digits right", second.Output, StringComparison.Ordinal);
        Build("-t:Clean");
    }

    // References were built with this test; building them again would replace files that it has open.
    private Outcome Build(params string[] options) =>
        Command
            .Run(
                "dotnet",
                [
                    "build",
                    "samples/msbuild",
                    "-c",
                    Repository.Configuration,
                    "-nologo",
                    "-v:n",
                    "-p:BuildProjectReferences=false",
                    $"-p:Torch2JaxDataDirectory={package.Data}",
                    .. options,
                ],
                Repository.Root
            )
            .Succeeds();
}
