using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Errors;
using Torch2Jax.Trees;

namespace Torch2Jax.Tool.Values;

/// <summary>Writes a call's outputs to a file, in the format that its ending names.</summary>
internal static class OutputFile
{
    public static void Check(string path) => FormatOf(path);

    public static void Write(string path, PyTree<NDArray> outputs)
    {
        var format = FormatOf(path);
        try
        {
            Files.Write(path, stream => ArrayFile.Write(stream, format, outputs));
        }
        catch (EngineException error)
        {
            throw new ToolException("usage", error.Message, path);
        }
    }

    private static ArrayFileFormat FormatOf(string path) =>
        ArrayFile.FormatOf(path)
        ?? throw new ToolException(
            "usage",
            $"Outputs are written to {string.Join(", ", ArrayFile.Endings)} files.",
            path
        );
}
