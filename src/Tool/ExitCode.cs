using Torch2Jax.Client;
using Torch2Jax.Errors;

namespace Torch2Jax.Tool;

/// <summary>How the process ends; scripts decide by it whether to try again.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>The function or the call is wrong; again is no use.</summary>
    public const int Wrong = 1;

    /// <summary>The command line is wrong, or a file that it names.</summary>
    public const int Usage = 2;

    /// <summary>The service or the database is away or busy; later may do.</summary>
    public const int Unavailable = 3;

    /// <summary>The key is missing, wrong or not enough.</summary>
    public const int Refused = 4;

    /// <summary>Not done within the time given.</summary>
    public const int TooLate = 5;

    /// <summary>The installation is broken: database set-up, native library, certificate, a fault of this software.</summary>
    public const int Broken = 6;

    /// <summary>A batch is complete but for chunks that failed and were left out.</summary>
    public const int Skipped = 7;

    /// <summary>A batch failed; what is complete stays, and it can be resumed.</summary>
    public const int Failed = 8;

    /// <summary>Somebody stopped a batch while it ran; it can be resumed.</summary>
    public const int Stopped = 9;

    /// <summary>Interrupted (Ctrl-C).</summary>
    public const int Cancelled = 130;

    public static int Of(ErrorCode code) =>
        code switch
        {
            ErrorCode.RegistryUnavailable or ErrorCode.NotReady or ErrorCode.Overloaded => Unavailable,
            ErrorCode.Unauthenticated or ErrorCode.Forbidden => Refused,
            ErrorCode.DeadlineExceeded => TooLate,
            ErrorCode.Internal => Broken,
            _ => Wrong,
        };

    public static int Of(SessionFailure failure) => failure == SessionFailure.ServiceUnreachable ? Unavailable : Broken;
}
