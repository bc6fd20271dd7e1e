using Torch2Jax.Arrays;
using Torch2Jax.Encoding;

namespace Torch2Jax.Client.Tests.Support;

/// <summary>A folder with the files of one batch: rows to read, and a manifest.</summary>
internal sealed class BatchFiles
{
    public BatchFiles(string root) =>
        Folder = Directory.CreateDirectory(Path.Combine(root, $"{Guid.NewGuid():N}")).FullName;

    public string Folder { get; }

    public string PathOf(string name) => Path.Combine(Folder, name);

    public void Write(string name, params float[] values)
    {
        using var array = NDArray.FromArray(values, [values.Length]);
        using var stream = File.Create(PathOf(name));
        Npy.Write(stream, array);
    }

    public float[] Read(string name)
    {
        using var stream = File.OpenRead(PathOf(name));
        using var array = Npy.Read(stream, ReadLimits.Default);
        return array.AsSpan<float>().ToArray();
    }

    /// <summary>A manifest with a comment and a trailing comma, as people write them.</summary>
    public static string Manifest(string function, string more = "") =>
        $$"""
            {
              // one call for each number
              "name": "numbers", "function": "{{function}}", "args": [{ "$input": "x" }], "seed": 1, "threads": 1,
              "inputs": { "x": { "array": "x.npy" } }, "output": { "array": "y.npy" }, {{more}}
            }
            """;
}
