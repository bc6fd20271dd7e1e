using System.Text.Json;
using Torch2Jax.MSBuild.Tests.Support;

namespace Torch2Jax.MSBuild.Tests;

/// <summary>The command line by itself.</summary>
[Collection(PackageCollection.Name)]
public sealed class ToolTests(PackageFixture package)
{
    private const string Source =
        "def tool_f(x: Tensor, n: int) -> Tensor:\n    for i in range(n):\n        x = x * 2\n    return x\n";

    [Fact]
    public void A_function_is_registered_called_listed_and_deleted()
    {
        var folder = Folder(Source);
        Assert.Equal(
            "tool_f@1 registered: tool_f(x: Tensor, n: int) -> Tensor\n",
            Run(folder, "register", "tool_f", "f.py").Succeeds().Output
        );
        Assert.StartsWith(
            "tool_f@1 is registered already",
            Run(folder, "register", "tool_f", "f.py").Output,
            StringComparison.Ordinal
        );
        Assert.Equal("output0: float32[2] [2,4]\n", Run(folder, "invoke", "tool_f", "float32:[1,2]", "1").Output);
        Assert.Contains("tool_f@1: tool_f(x", Run(folder, "list", "tool_").Output, StringComparison.Ordinal);
        Assert.Equal(
            "float32[9]",
            Run(folder, "eval-shape", "tool_f", """{"dtype":"float32","shape":[9]}""", "1").Output.Trim().Split('\n')[
                ^1
            ]
        );
        Assert.Equal(Source, Run(folder, "source", "tool_f").Output);

        Run(folder, "invoke", "tool_f", "float32:[[1,2],[3,4]]", "0", "--output", "o.npz", "--output", "o.csv")
            .Succeeds();
        Assert.Equal("1,2\n3,4\n", File.ReadAllText(Path.Combine(folder, "o.csv")));
        using var json = JsonDocument.Parse(
            Run(folder, "invoke", "tool_f", "@o.npz#output0", "2", "--json").Succeeds().Output
        );
        Assert.Equal("[[4,8],[12,16]]", json.RootElement.GetProperty("outputs").GetProperty("data").GetRawText());
        Assert.Equal("tool_f@1", json.RootElement.GetProperty("function").GetString());

        using var grad = JsonDocument.Parse(
            Run(folder, "invoke", "tool_f", "float32:[1]", "3", "--transforms", """["jacrev"]""", "--json")
                .Succeeds()
                .Output
        );
        Assert.Equal("[[8]]", grad.RootElement.GetProperty("outputs").GetProperty("data").GetRawText());
        Run(folder, "delete", "tool_f").Succeeds();
        Assert.Equal(1, Run(folder, "describe", "tool_f").Code);
    }

    [Theory]
    [InlineData(1, "function_not_found", "invoke", "never_registered", "1")]
    [InlineData(2, "usage", "invoke", "f", "float32:[1")]
    [InlineData(2, "usage", "invoke", "f", "--timeout", "-1")]
    [InlineData(2, "usage", "frobnicate")]
    [InlineData(2, "usage", "list", "--url", "ftp://example.org")]
    [InlineData(2, "usage", "list", "--url", "http://127.0.0.1:1", "--data", "/tmp")]
    [InlineData(2, "file_not_found", "register", "f", "missing.py")]
    [InlineData(2, "bad_file", "invoke", "f", "@f.npy")]
    [InlineData(3, "service_unreachable", "list", "--url", "http://127.0.0.1:1")]
    [InlineData(3, "registry_unavailable", "list", "--database", "Host=127.0.0.1;Port=1;Password=sekret")]
    [InlineData(6, "database_unusable", "list", "--database", "nonsense")]
    public void Each_kind_of_failure_has_its_exit_code(int code, string error, params string[] arguments)
    {
        var folder = Folder(Source);
        File.WriteAllText(Path.Combine(folder, "f.npy"), "not an array");
        var outcome = Run(folder, [.. arguments, "--errors=msbuild"]);
        Assert.Contains($": error T2J_{error}: ", outcome.Errors, StringComparison.Ordinal);
        Assert.Equal(code, outcome.Code);
        Assert.DoesNotContain("sekret", outcome.All, StringComparison.Ordinal);
        Assert.Equal("", outcome.Output);
    }

    [Fact]
    public void Errors_come_as_text_as_msbuild_lines_or_as_json()
    {
        var folder = Folder("def f(x: Tensor) -> Tensor:\n    return torch.nosuch(x)\n");
        string[] register = ["register", "bad_source", "f.py"];
        Assert.StartsWith(
            "error invalid_source: f.py:2: 'torch.nosuch'",
            Run(folder, register).Errors,
            StringComparison.Ordinal
        );
        Assert.StartsWith(
            "f.py(2,12): error T2J_invalid_source: 'torch.nosuch' is not known here",
            Run(folder, [.. register, "--errors", "msbuild"]).Errors,
            StringComparison.Ordinal
        );
        using var json = JsonDocument.Parse(Run(folder, [.. register, "--errors", "json"]).Errors);
        Assert.Equal(
            ("error", "invalid_source", "f.py", 2, 12),
            (
                json.RootElement.GetProperty("severity").GetString(),
                json.RootElement.GetProperty("code").GetString(),
                json.RootElement.GetProperty("file").GetString(),
                json.RootElement.GetProperty("line").GetInt32(),
                json.RootElement.GetProperty("column").GetInt32()
            )
        );
    }

    [Fact]
    public void Ctrl_C_ends_a_call_and_a_time_limit_does_too()
    {
        var folder = Folder(Source);
        Run(folder, "register", "tool_long", "f.py").Succeeds();
        string[] hours = ["invoke", "tool_long", "float32:[1]", "1000000000000"];
        var late = Run(folder, [.. hours, "--timeout", "0.5"]);
        Assert.Equal(5, late.Code);
        Assert.Contains("deadline_exceeded", late.Errors, StringComparison.Ordinal);

        using var command = new Command(
            "dotnet",
            [Repository.Tool, .. hours, "--timeout", "60"],
            folder,
            package.Environment
        );
        Thread.Sleep(TimeSpan.FromSeconds(5));
        command.Interrupt();
        Assert.Equal(130, command.Wait().Code);
    }

    private string Folder(string source)
    {
        var folder = package.NewFolder($"tool {Guid.NewGuid():N}");
        File.WriteAllText(Path.Combine(folder, "f.py"), source);
        return folder;
    }

    private Outcome Run(string folder, params string[] arguments) =>
        Command.Run("dotnet", [Repository.Tool, .. arguments], folder, package.Environment);
}
