using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Torch2Jax.Errors;

namespace Torch2Jax.Native;

/// <summary>The one gate between a native status and the engine's errors.</summary>
internal static unsafe partial class NativeStatus
{
    public const int Ok = 0;
    private const int OutOfMemory = 12;
    private const int Overloaded = 15;

    /// <summary>Throws what a failed call reported, and frees the report.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Check(int status, nint error)
    {
        if (status != Ok)
        {
            Throw(status, error);
        }
    }

    /// <summary>Whether a call failed for memory that may be there another time.</summary>
    public static bool IsForMemory(int status) => status is OutOfMemory or Overloaded;

    /// <summary>The code of each status of t2j.h; memory that a function asks for in vain is that function's failure.</summary>
    public static ErrorCode CodeOf(int status) =>
        status switch
        {
            2 => ErrorCode.InvalidSource,
            3 => ErrorCode.ForbiddenOperator,
            4 => ErrorCode.StructureMismatch,
            5 => ErrorCode.UnsupportedDtype,
            6 => ErrorCode.NotDifferentiable,
            7 => ErrorCode.InvalidTransform,
            8 => ErrorCode.InvalidSharding,
            9 => ErrorCode.OutputShapeMismatch,
            10 => ErrorCode.DataDependentShape,
            11 or OutOfMemory => ErrorCode.ExecutionFailed,
            13 => ErrorCode.InvalidDevice,
            Overloaded => ErrorCode.Overloaded,
            // 1 (this host misused the header), 14 (a fault of the library) and numbers of a later header.
            _ => ErrorCode.Internal,
        };

    [DoesNotReturn]
    private static void Throw(int status, nint error)
    {
        if (error == 0)
        {
            throw new EngineException(CodeOf(status), $"The native library failed with status {status} and no text.");
        }
        string message;
        try
        {
            message = NativeText.Read(NativeMethods.ErrorMessage(error));
        }
        finally
        {
            NativeMethods.ErrorFree(error);
        }
        throw Error(status, message);
    }

    /// <summary>The error of a status and its text.</summary>
    public static EngineException Error(int status, string message)
    {
        var text = Address().Replace(message, "");
        return IsForMemory(status)
            ? new MemoryException(CodeOf(status), text)
            : new EngineException(CodeOf(status), text);
    }

    // libtorch names a class with the place of its compilation unit in memory, which is nobody's business.
    [GeneratedRegex(@" \(of Python compilation unit at: 0x[0-9a-f]+\)")]
    private static partial Regex Address();
}
