using System.Management.Automation;
using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Errors;
using Torch2Jax.PsModule.Errors;

namespace Torch2Jax.PsModule.Files;

/// <summary>Array files by their extension: npy, npz, safetensors, json, csv.</summary>
internal static class ArrayFiles
{
    /// <summary>The extensions that can be read and written.</summary>
    public static IReadOnlyList<string> Extensions { get; } = [".npy", ".npz", ".safetensors", ".json", ".csv"];

    private static readonly ReadLimits Limits = ReadLimits.Default with { MaxArrayBytes = int.MaxValue };

    /// <summary>Reads a file; <paramref name="dtype"/> is that of a csv, and what others are cast to.</summary>
    public static FileArrays Read(string path, DType? dtype = null)
    {
        var extension = Extension(path);
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
            return extension switch
            {
                ".npy" => FileArrays.Of(Take(Npy.Read(file, Limits, path: Name(path)), dtype)),
                ".npz" => Several(Npz.Read(file, Limits, path: Name(path)), dtype),
                ".safetensors" => Several(Safetensors.Read(file, Limits, Name(path)), dtype),
                ".json" => JsonFile.Read(file, dtype),
                _ => FileArrays.Of(CsvFile.Read(file, dtype ?? DType.Float32)),
            };
        }
        catch (Exception error) when (error is EngineException or JsonException or FormatException)
        {
            throw new ModuleException(
                "FileNotUnderstood",
                ErrorCategory.InvalidData,
                $"{Name(path)} is not the {extension[1..]} file that its name says: {error.Message}",
                "Check how the file was made, or give it the extension of what it is.",
                error
            );
        }
        catch (Exception error) when (FileFailure.Is(error))
        {
            throw FileFailure.Of(error, path);
        }
    }

    /// <summary>Writes arrays; the file appears whole or not at all.</summary>
    public static void Write(string path, FileArrays arrays, bool compress)
    {
        var extension = Extension(path);
        var half = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var file = new FileStream(half, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16))
            {
                Write(file, extension, arrays, compress);
            }

            File.Move(half, path, overwrite: true);
        }
        finally
        {
            File.Delete(half);
        }
    }

    /// <summary>The extension in lower case, or an error that lists those there are.</summary>
    public static string Extension(string path) =>
        Path.GetExtension(path).ToLowerInvariant() is var extension && Extensions.Contains(extension)
            ? extension
            : throw new ModuleException(
                "FileTypeUnknown",
                ErrorCategory.InvalidArgument,
                $"{Name(path)} has no extension of an array file.",
                $"Use one of {string.Join(", ", Extensions)}."
            );

    private static void Write(Stream file, string extension, FileArrays arrays, bool compress)
    {
        switch (extension)
        {
            case ".npy":
                using (var array = Only(arrays, extension).Borrow())
                {
                    Npy.Write(file, array);
                }

                break;
            case ".npz" or ".safetensors":
                var lent = Named(arrays).Select(item => KeyValuePair.Create(item.Key, item.Value.Borrow())).ToList();
                try
                {
                    if (extension == ".npz")
                    {
                        Npz.Write(file, lent, compress);
                    }
                    else
                    {
                        Safetensors.Write(file, lent);
                    }
                }
                finally
                {
                    lent.ForEach(item => item.Value.Dispose());
                }

                break;
            case ".json":
                JsonFile.Write(file, arrays);
                break;
            default:
                CsvFile.Write(file, Only(arrays, extension));
                break;
        }
    }

    // numpy.savez names a single array so, too.
    private static IReadOnlyList<KeyValuePair<string, Torch2JaxArray>> Named(FileArrays arrays) =>
        arrays.Named ?? [KeyValuePair.Create("arr_0", arrays.Single!)];

    private static Torch2JaxArray Only(FileArrays arrays, string extension) =>
        arrays.Single
        ?? (arrays.Named is [var one] ? one.Value : null)
        ?? throw new ModuleException(
            "FileHoldsOneArray",
            ErrorCategory.InvalidArgument,
            $"A {extension[1..]} file holds one array, but {arrays.Named!.Count} came.",
            "Use .npz, .safetensors or .json for several arrays."
        );

    private static FileArrays Several(IReadOnlyDictionary<string, NDArray> read, DType? dtype) =>
        new(null, [.. read.Select(item => KeyValuePair.Create(item.Key, Take(item.Value, dtype)))]);

    private static Torch2JaxArray Take(NDArray read, DType? dtype)
    {
        using (read)
        {
            var array = Torch2JaxArray.CopyOf(read);
            return dtype is { } to ? Arrays.NumberArrays.Cast(array, to, "") : array;
        }
    }

    private static string Name(string path) => Path.GetFileName(path);
}
