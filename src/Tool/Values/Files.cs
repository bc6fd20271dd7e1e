using Torch2Jax.Client;
using Torch2Jax.Encoding;

namespace Torch2Jax.Tool.Values;

/// <summary>What files are read and written with.</summary>
internal static class Files
{
    public static ToolException Unusable(Exception error, string path) =>
        error is FileNotFoundException or DirectoryNotFoundException
            ? new ToolException("file_not_found", "There is no such file.", path)
            : new ToolException("file_unusable", error.Message, path);

    public static byte[] ReadAll(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unusable(error, path);
        }
    }

    /// <summary>The text of a file; <paramref name="notText"/> says what to do where it is none in UTF-8.</summary>
    public static string ReadText(string path, string notText) =>
        Utf8Text.Of(ReadAll(path)) ?? throw new ToolException("bad_file", notText, path);

    /// <summary>Writes a file, and its folder where that is missing: whoever finds it finds it whole.</summary>
    public static void Write(string path, Action<Stream> write)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            WholeFile.Write(path, $"{Environment.ProcessId}", write);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unusable(error, path);
        }
    }
}
