using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Errors;
using Torch2Jax.Trees;

namespace Torch2Jax.Tool.Values;

/// <summary>Files of arrays, by their extension.</summary>
internal static class ArrayFile
{
    private static readonly ReadLimits Limits = ReadLimits.Default with { MaxArrayBytes = int.MaxValue };

    /// <summary>
    /// The array of an npy file, the dict of arrays of an npz or safetensors file, the tree of a json file;
    /// <c>file#entry</c> is one array of several.
    /// </summary>
    public static PyTree<IArgumentLeaf> Read(string reference)
    {
        var (path, entry) = reference.Split('#', 2) is [var name, var key] ? (name, key) : (reference, null);
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read);
            return Path.GetExtension(path).ToLowerInvariant() switch
            {
                ".npy" when entry is null => PyTree.Leaf<IArgumentLeaf>(Npy.Read(file, Limits)),
                ".npz" => Dict(Npz.Read(file, Limits), entry, path),
                ".safetensors" => Dict(Safetensors.Read(file, Limits), entry, path),
                ".json" when entry is null => Json(file),
                _ => throw new ToolException(
                    "usage",
                    "Arrays are read from .npy, .npz, .safetensors and .json files; '#entry' chooses one array of an "
                        + ".npz or .safetensors file.",
                    path
                ),
            };
        }
        catch (EngineException error)
        {
            throw new ToolException(
                "bad_file",
                $"This is not the {Path.GetExtension(path)} file that its name says: {error.Message}",
                path
            );
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Files.Unusable(error, path);
        }
    }

    private static PyTree<IArgumentLeaf> Dict(IReadOnlyDictionary<string, NDArray> arrays, string? entry, string path)
    {
        if (entry is null)
        {
            return PyTree.Dict(
                arrays.Select(item => KeyValuePair.Create(item.Key, PyTree.Leaf<IArgumentLeaf>(item.Value)))
            );
        }

        return arrays.TryGetValue(entry, out var array)
            ? PyTree.Leaf<IArgumentLeaf>(array)
            : throw new ToolException(
                "bad_file",
                $"There is no array '{entry}' in this file; it has {string.Join(", ", arrays.Keys.Order())}.",
                path
            );
    }

    private static PyTree<IArgumentLeaf> Json(FileStream file)
    {
        using var bytes = new MemoryStream();
        file.CopyTo(bytes);
        var reader = new Utf8JsonReader(bytes.GetBuffer().AsSpan(0, (int)bytes.Length), TreeJson.ReaderOptions);
        return TreeJson.Read(ref reader, "", Limits);
    }
}
