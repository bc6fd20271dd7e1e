using Torch2Jax.Errors;

namespace Torch2Jax.Batches;

/// <summary>Why a chunk failed, and whether the same might work next time.</summary>
internal static class ChunkFailure
{
    public static ChunkError Of(Exception error) =>
        error switch
        {
            EngineException { Path: { } place } known => new ChunkError(known.Code, $"{place}: {known.Message}"),
            EngineException known => new ChunkError(known.Code, known.Message),
            FileNotFoundException or DirectoryNotFoundException => new ChunkError(
                ErrorCode.MalformedRequest,
                "A file is not there any more."
            ),
            UnauthorizedAccessException => new ChunkError(ErrorCode.Forbidden, "A file may not be read or written."),
            IOException io => new ChunkError(ErrorCode.Internal, $"A file could not be read or written ({Kind(io)})."),
            OutOfMemoryException => new ChunkError(ErrorCode.ExecutionFailed, "The memory does not suffice."),
            _ => new ChunkError(ErrorCode.Internal, $"{error.GetType().Name}; the log has more."),
        };

    /// <summary>False for what the same input gives every time.</summary>
    public static bool MayHelpToTryAgain(Exception error) =>
        error switch
        {
            EngineException known => known.Code
                is ErrorCode.ExecutionFailed
                    or ErrorCode.Overloaded
                    or ErrorCode.DeadlineExceeded
                    or ErrorCode.NotReady
                    or ErrorCode.RegistryUnavailable
                    or ErrorCode.Internal,
            UnauthorizedAccessException or FileNotFoundException or DirectoryNotFoundException => false,
            _ => true,
        };

    // The texts of the system name paths; the numbers do not.
    private static string Kind(IOException error) => $"error 0x{error.HResult:X8}";
}
