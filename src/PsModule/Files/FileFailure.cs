using System.Management.Automation;
using Torch2Jax.PsModule.Errors;

namespace Torch2Jax.PsModule.Files;

/// <summary>Why a file could not be read, whatever was to be read from it.</summary>
internal static class FileFailure
{
    /// <summary>Whether the file system refused, and not what stands in the file.</summary>
    public static bool Is(Exception error) => error is IOException or UnauthorizedAccessException;

    public static ModuleException Of(Exception error, string path) =>
        error is FileNotFoundException or DirectoryNotFoundException
            ? new ModuleException(
                "FileNotFound",
                ErrorCategory.ObjectNotFound,
                $"There is no file {path}.",
                "Check the path and the current location (Get-Location).",
                error
            )
            : new ModuleException(
                "FileNotReadable",
                ErrorCategory.ReadError,
                $"{Path.GetFileName(path)} cannot be read: {error.Message}",
                "Check that it is a file and that you may read it.",
                error
            );
}
