namespace Torch2Jax.MSBuild.Tests.Support;

/// <summary>A folder with the files of one batch, and the tool in it.</summary>
internal sealed class BatchPlace(PackageFixture package)
{
    public string Folder { get; } = package.NewFolder($"batch {Guid.NewGuid():N}");

    public string PathOf(string name) => Path.Combine(Folder, name);

    public string Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(name))!);
        File.WriteAllText(PathOf(name), text);
        return PathOf(name);
    }

    /// <summary>Rows of four numbers, one file each.</summary>
    public void WriteInputs(int count, Func<int, float>? first = null)
    {
        Directory.CreateDirectory(PathOf("in"));
        for (var i = 0; i < count; i++)
        {
            WriteNpy($"in/{i:D4}.npy", first?.Invoke(i) ?? i, i + 1, i + 2, i + 3);
        }
    }

    public void WriteNpy(string name, params float[] values)
    {
        var header = $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({values.Length},), }}".PadRight(117) + "\n";
        using var writer = new BinaryWriter(File.Create(PathOf(name)), System.Text.Encoding.Latin1);
        writer.Write(System.Text.Encoding.Latin1.GetBytes("\u0093NUMPY\u0001\u0000"));
        writer.Write((ushort)header.Length);
        writer.Write(System.Text.Encoding.Latin1.GetBytes(header));
        foreach (var value in values)
        {
            writer.Write(value);
        }
    }

    /// <summary>A manifest over the inputs; further fields come first.</summary>
    public string WriteManifest(string function, string more = "", string name = "m.json") =>
        Write(
            name,
            $$"""
            {
              // people write comments
              {{more}}
              "name": "of {{function}}", "function": "{{function}}", "args": [{ "$input": "x" }], "retries": 0,
              "inputs": {
                "x": { "files": "in/*.npy" }
              },
              "output": { "files": "out/{stem}.npy" },
            }
            """
        );

    /// <summary>Waits until so many results are there.</summary>
    public void WaitForOutputs(int count)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (!Directory.Exists(PathOf("out")) || Directory.EnumerateFiles(PathOf("out"), "*.npy").Count() < count)
        {
            limit.Token.ThrowIfCancellationRequested();
            Thread.Sleep(20);
        }
    }

    public Dictionary<string, string> Outputs() =>
        Directory
            .EnumerateFiles(PathOf("out"))
            .ToDictionary(path => Path.GetFileName(path), path => Convert.ToHexString(File.ReadAllBytes(path)));

    public Outcome Tool(params string[] arguments) =>
        Command.Run("dotnet", [Repository.Tool, .. arguments], Folder, package.Environment);

    public Command StartTool(params string[] arguments) =>
        new("dotnet", [Repository.Tool, .. arguments], Folder, package.Environment);

    public void Register(string name, string source) => Tool("register", name, Write(name + ".py", source)).Succeeds();
}
