using System.Text.RegularExpressions;
using Torch2Jax.MSBuild.Tests.Support;

namespace Torch2Jax.MSBuild.Tests;

/// <summary>README's C# program compiles as it is written, and prints what it says.</summary>
[Collection(PackageCollection.Name)]
public sealed partial class ReadmeTests(PackageFixture package)
{
    [Fact]
    public void The_program_of_the_readme_runs_as_written()
    {
        var folder = Directory.CreateTempSubdirectory("t2j-readme-");
        try
        {
            var readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));
            File.WriteAllText(Path.Combine(folder.FullName, "Program.cs"), Program().Match(readme).Groups[1].Value);
            File.WriteAllText(
                Path.Combine(folder.FullName, "readme.csproj"),
                $"""
                <Project Sdk="Microsoft.NET.Sdk">
                  <PropertyGroup>
                    <OutputType>Exe</OutputType>
                    <TargetFramework>net10.0</TargetFramework>
                    <ImplicitUsings>enable</ImplicitUsings>
                  </PropertyGroup>
                  <ItemGroup>
                    <ProjectReference Include="{Repository.Root}/src/Registry/Torch2Jax.Registry.csproj" />
                  </ItemGroup>
                </Project>
                """
            );
            var outcome = Command.Run(
                "dotnet",
                ["run", "-c", Repository.Configuration, "-p:BuildProjectReferences=false"],
                folder.FullName,
                package.Environment
            );
            Assert.EndsWith("2, 4, 6\n", outcome.Succeeds().Output, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [GeneratedRegex(@"^```csharp\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Program();
}
