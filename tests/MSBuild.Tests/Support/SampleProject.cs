namespace Torch2Jax.MSBuild.Tests.Support;

/// <summary>A project in a folder of its own that uses the package, as its users write it.</summary>
internal sealed class SampleProject
{
    private readonly PackageFixture package;
    private bool restored;

    public SampleProject(PackageFixture package, string folder, string items, string source)
    {
        this.package = package;
        Folder = package.NewFolder(folder);
        Write("functions.py", source);
        Items = items;
    }

    public string Folder { get; }

    public string Items
    {
        set =>
            Write(
                "sample.csproj",
                $"""
                <Project Sdk="Microsoft.NET.Sdk">
                  <PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>
                  <ItemGroup>
                    <PackageReference Include="Torch2Jax.MSBuild" Version="*" />
                    {value}
                  </ItemGroup>
                </Project>
                """
            );
    }

    public string PathOf(string file) => Path.Combine(Folder, file);

    public void Write(string file, string text) => File.WriteAllText(PathOf(file), text);

    public string Read(string file) => File.ReadAllText(PathOf(file));

    public Outcome Build(params string[] options)
    {
        using var command = Start(options);
        return command.Wait();
    }

    public Command Start(params string[] options)
    {
        string[] arguments = ["build", "-nologo", "-v:n", .. options, .. restored ? (string[])["--no-restore"] : []];
        restored = true;
        return new Command("dotnet", arguments, Folder, package.Environment);
    }
}
