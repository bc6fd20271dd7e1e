using Torch2Jax.MSBuild.Tests.Support;

namespace Torch2Jax.MSBuild.Tests;

/// <summary>What is up to date is left alone, and what is not is made again.</summary>
[Collection(PackageCollection.Name)]
public sealed class IncrementalTests(PackageFixture package)
{
    private const string Source = """
        def scaled(x: Tensor, by: int) -> Tensor:
            return x * by

        """;

    private const string Items = """
        <Torch2JaxFunction Include="functions.py" Name="incremental" />
        <Torch2JaxCall Include="three" Function="incremental" Arguments="@in put.json;3" OutputFile="out/drei ü.csv" />
        """;

    [Fact]
    public void A_second_build_does_nothing_and_each_change_does_what_depends_on_it()
    {
        var project = new SampleProject(package, "Ein Prüf-Projekt (1)", Items, Source);
        project.Write("in put.json", """{"dtype":"int64","shape":[2],"data":[1,2]}""");
        Assert.Equal((1, 1), Runs(project.Build()));
        Assert.Equal("3\n6\n", project.Read("out/drei ü.csv"));
        Assert.Equal((0, 0), Runs(project.Build()));

        project.Write("in put.json", """{"dtype":"int64","shape":[2],"data":[5,6]}""");
        Assert.Equal((0, 1), Runs(project.Build()));
        Assert.Equal("15\n18\n", project.Read("out/drei ü.csv"));

        project.Items = Items.Replace(";3", ";4", StringComparison.Ordinal);
        Assert.Equal((0, 1), Runs(project.Build()));
        Assert.Equal("20\n24\n", project.Read("out/drei ü.csv"));

        project.Write("functions.py", Source.Replace("x * by", "x + by", StringComparison.Ordinal));
        Assert.Equal((1, 1), Runs(project.Build()));
        Assert.Equal("9\n10\n", project.Read("out/drei ü.csv"));

        File.Delete(project.PathOf("out/drei ü.csv"));
        Assert.Equal((0, 1), Runs(project.Build()));
        Assert.Equal((0, 0), Runs(project.Build()));

        Assert.Equal((0, 0), Runs(project.Build("-t:Clean")));
        Assert.False(File.Exists(project.PathOf("out/drei ü.csv")));
        Assert.Equal((1, 1), Runs(project.Build()));
    }

    [Fact]
    public void A_design_time_build_registers_and_calls_nothing()
    {
        var project = new SampleProject(
            package,
            "design",
            Items.Replace("incremental", "design_time", StringComparison.Ordinal),
            Source
        );
        project.Write("in put.json", """{"dtype":"int64","shape":[2],"data":[1,2]}""");
        Assert.Equal((0, 0), Runs(project.Build("-p:DesignTimeBuild=true", "-p:BuildingProject=false")));
        Assert.False(Directory.Exists(project.PathOf("out")));
        Assert.False(Directory.Exists(project.PathOf("obj/Debug/net10.0/torch2jax")));
    }

    [Fact]
    public void Projects_that_are_built_at_the_same_time_do_not_disturb_each_other()
    {
        string[] names = ["eins", "zwei", "drei"];
        foreach (var name in names)
        {
            var project = new SampleProject(
                package,
                $"parallel/{name}",
                $"""
                <Torch2JaxFunction Include="functions.py" Name="parallel_{name}" />
                <Torch2JaxCall Include="call" Function="parallel_{name}" Arguments="int64:[7];{name.Length}" OutputFile="out.csv" />
                """,
                Source
            );
        }

        var folder = Path.GetDirectoryName(new SampleProject(package, "parallel/none", "", Source).Folder)!;
        File.WriteAllText(
            Path.Combine(folder, "all.proj"),
            $"""
            <Project DefaultTargets="Build">
              <ItemGroup><All Include="{string.Join(';', names.Select(name => $"{name}/sample.csproj"))}" /></ItemGroup>
              <Target Name="Restore"><MSBuild Projects="@(All)" Targets="Restore" Properties="Restoring=true" /></Target>
              <Target Name="Build"><MSBuild Projects="@(All)" BuildInParallel="true" /></Target>
            </Project>
            """
        );
        Command.Run("dotnet", ["build", "all.proj", "-m:3", "-nologo", "-v:n"], folder, package.Environment).Succeeds();
        Assert.Equal(
            ["28\n", "28\n", "28\n"],
            names.Select(name => File.ReadAllText(Path.Combine(folder, name, "out.csv")))
        );
    }

    private static (int Registered, int Called) Runs(Outcome build)
    {
        build.Succeeds();
        return (build.Count("Registering "), build.Count("Torch2JaxCall '"));
    }
}
