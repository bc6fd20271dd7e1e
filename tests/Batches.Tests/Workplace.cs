using Torch2Jax.Arrays;
using Torch2Jax.Encoding;

namespace Torch2Jax.Batches.Tests;

/// <summary>A folder with the files of one test.</summary>
public sealed class Workplace : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("t2j-batch-").FullName;

    public string PathOf(string name) => Path.Combine(Folder, name);

    /// <summary>Writes numbers that are different in each row.</summary>
    public NDArray WriteNpy(string name, params long[] shape)
    {
        var array = Numbers(shape);
        Write(name, stream => Npy.Write(stream, array));
        return array;
    }

    public static NDArray Numbers(params long[] shape)
    {
        var array = NDArray.Allocate(DType.Float32, shape);
        var values = array.AsSpan<float>();
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (i % 1013) * 0.01f;
        }

        return array;
    }

    public void Write(string name, Action<Stream> write)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(name))!);
        using var stream = File.Create(PathOf(name));
        write(stream);
    }

    public NDArray ReadNpy(string name)
    {
        using var stream = File.OpenRead(PathOf(name));
        return Npy.Read(stream, ReadLimits.Default);
    }

    /// <summary>Every file below a folder with its bytes; hidden ones too.</summary>
    public IReadOnlyDictionary<string, byte[]> Contents(string below) =>
        new DirectoryInfo(PathOf(below))
            .EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
            .ToDictionary(
                file => Path.GetRelativePath(PathOf(below), file.FullName),
                file => File.ReadAllBytes(file.FullName)
            );

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
