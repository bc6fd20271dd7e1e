using Torch2Jax.MSBuild.Tests.Support;

namespace Torch2Jax.MSBuild.Tests;

/// <summary>Errors of a build have a file, a line and a code.</summary>
[Collection(PackageCollection.Name)]
public sealed class BuildErrorTests(PackageFixture package)
{
    private const string Good = "def f(x: Tensor) -> Tensor:\n    return x * 2\n";

    [Fact]
    public void What_is_wrong_is_said_with_file_line_and_code()
    {
        var project = new SampleProject(
            package,
            "wrong",
            """<Torch2JaxFunction Include="functions.py" Name="wrong" />""",
            "def f(x: Tensor) -> Tensor:\n    return torch.nosuch(x)\n"
        );
        var source = project.PathOf("functions.py");
        Has(project.Build(), $"{source}(2,12): error T2J_invalid_source: 'torch.nosuch' is not known here");

        project.Write("functions.py", Good);
        project.Items = """<Torch2JaxFunction Include="missing.py" />""";
        Has(project.Build(), $"{project.PathOf("missing.py")} : error T2J_file_not_found: There is no such file.");

        project.Items =
            """<Torch2JaxCall Include="c" Function="never_registered" Arguments="float32:[1]" OutputFile="o.npy" />""";
        Has(
            project.Build(),
            $"{project.PathOf("sample.csproj")} : error T2J_function_not_found: Torch2JaxCall 'c': No function"
        );

        project.Items = """<Torch2JaxCall Include="c" Arguments="1" />""";
        Has(project.Build(), "error T2J_usage: Torch2JaxCall 'c' needs the metadata Function and OutputFile");

        project.Write("functions.py", "def f(x: Tensor) -> Tensor:\n    y = x + 1\n    return y.view(7)\n");
        project.Items = """
            <Torch2JaxFunction Include="functions.py" Name="raising" />
            <Torch2JaxCall Include="c" Function="raising" Arguments="float32:[1]" OutputFile="o.npy" />
            """;
        Has(project.Build(), $"{source}(3,12): error T2J_execution_failed:");
        Assert.False(File.Exists(project.PathOf("o.npy")));

        Has(
            project.Build("-p:Torch2JaxUri=http://127.0.0.1:1"),
            "error T2J_service_unreachable: Registering raising: Nothing answers at http://127.0.0.1:1/"
        );
    }

    [Fact]
    public void A_warning_of_a_call_is_one_of_the_build()
    {
        var project = new SampleProject(
            package,
            "warned",
            """
            <Torch2JaxFunction Include="functions.py" Name="warned" ExampleArguments="[{&quot;dtype&quot;:&quot;float32&quot;,&quot;shape&quot;:[3]}]" />
            <Torch2JaxCall Include="c" Function="warned" Arguments="float32:[1]" OutputFile="o.npy" />
            """,
            Good
        );
        Assert.Contains(
            "warning T2J_call_warning: Torch2JaxCall 'c':",
            project.Build().Succeeds().All,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void An_interrupted_build_leaves_no_tool_behind()
    {
        var project = new SampleProject(
            package,
            "long",
            """
            <Torch2JaxFunction Include="functions.py" Name="long" />
            <Torch2JaxCall Include="hours" Function="long" Arguments="float32:[1];1000000000000" OutputFile="o.npy" />
            """,
            "def f(x: Tensor, n: int) -> Tensor:\n    for i in range(n):\n        x = x + 1\n    return x\n"
        );
        using var build = project.Start();
        build.WaitForOutput("Torch2JaxCall 'hours'");
        build.Interrupt();
        build.Wait().Fails();
        Assert.DoesNotContain(
            CommandLines(),
            line =>
                line.Contains("torch2jax.dll", StringComparison.Ordinal)
                && line.Contains("1000000000000", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task The_key_of_a_service_comes_from_the_environment_and_a_refusal_is_an_error()
    {
        await using var server = await Client.Tests.Support.StubServer.StartAsync(context =>
        {
            context.Response.StatusCode = 403;
            return Task.CompletedTask;
        });
        var project = new SampleProject(
            package,
            "remote",
            """<Torch2JaxFunction Include="functions.py" Name="remote" />""",
            Good
        );
        using var command = new Command(
            "dotnet",
            ["build", "-nologo", "-v:d", $"-p:Torch2JaxUri={server.Address}", "-p:Torch2JaxKeyVariable=MY_KEY"],
            project.Folder,
            [.. package.Environment, ("MY_KEY", "sekret-key")]
        );
        var build = command.Wait().Fails();
        Has(build, "error T2J_forbidden: Registering remote");
        Assert.DoesNotContain("sekret-key", build.All, StringComparison.Ordinal);
        Assert.Equal("Bearer sekret-key", server.Seen[^1].Authorization);
        Assert.Equal("/api/functions", server.Seen[^1].Path);
    }

    private static void Has(Outcome build, string text) =>
        Assert.True(build.Fails().All.Contains(text, StringComparison.Ordinal), $"'{text}' is not in:\n{build.All}");

    private static IEnumerable<string> CommandLines()
    {
        foreach (
            var process in Directory.GetDirectories("/proc").Where(path => int.TryParse(Path.GetFileName(path), out _))
        )
        {
            string line;
            try
            {
                line = File.ReadAllText(Path.Combine(process, "cmdline"));
            }
            catch (IOException)
            {
                // It ended in between.
                continue;
            }

            yield return line.Replace('\0', ' ');
        }
    }
}
