using System.Management.Automation;
using Torch2Jax.PsModule.Errors;

namespace Torch2Jax.PsModule.Files;

/// <summary>Why a file could not be read, whatever was to be read from it.</summary>
internal static class FileFailure
{
    /// <summary>Reads a file; that the file system refuses is told in a script's terms.</summary>
    public static T Tell<T>(string path, Func<string, T> read)
    {
        try
        {
            return read(path);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ModuleException(
                "FileNotFound",
                ErrorCategory.ObjectNotFound,
                $"There is no file {path}.",
                "Check the path and the current location (Get-Location).",
                error
            );
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ModuleException(
                "FileNotReadable",
                ErrorCategory.ReadError,
                $"{Path.GetFileName(path)} cannot be read: {error.Message}",
                "Check that it is a file and that you may read it.",
                error
            );
        }
    }
}
