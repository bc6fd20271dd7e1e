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

    /// <summary>Writes a file beside its place and moves it there: whoever finds it finds it whole.</summary>
    public static void Write(string path, Action<Stream> write)
    {
        var beside = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            using (var stream = new FileStream(beside, FileMode.Create))
            {
                write(stream);
            }

            File.Move(beside, path, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unusable(error, path);
        }
        finally
        {
            File.Delete(beside);
        }
    }
}
