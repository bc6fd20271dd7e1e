using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Errors;
using Torch2Jax.Trees;

namespace Torch2Jax.Tool.Values;

/// <summary>Arguments from files of arrays.</summary>
internal static class ArgumentFile
{
    /// <summary>What a file holds; <c>file#entry</c> is one array of several.</summary>
    public static PyTree<IArgumentLeaf> Read(string reference)
    {
        var (path, entry) = reference.Split('#', 2) is [var name, var key] ? (name, key) : (reference, null);
        if (ArrayFile.FormatOf(path) is not { } format || (entry is not null && !ArrayFile.IsNamed(format)))
        {
            throw new ToolException(
                "usage",
                $"Arrays are read from {string.Join(", ", ArrayFile.Endings)} files; '#entry' chooses one array of an .npz "
                    + "or .safetensors file.",
                path
            );
        }

        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read);
            return ArrayFile.Read(file, format, Path.GetFileName(path), entry);
        }
        catch (EngineException error)
        {
            throw new ToolException(
                "bad_file",
                $"The file is of no use as an {Path.GetExtension(path)}: {error.Message}",
                path
            );
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Files.Unusable(error, path);
        }
    }
}
