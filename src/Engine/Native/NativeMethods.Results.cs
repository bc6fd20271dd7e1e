using System.Runtime.InteropServices;

namespace Torch2Jax.Native;

/// <remarks>
/// These only read fields of a result, in nanoseconds and without locks, so they may run without telling the garbage
/// collector (SuppressGCTransition); nothing that runs a program may.
/// </remarks>
internal static unsafe partial class NativeMethods
{
    [LibraryImport(Library, EntryPoint = "t2j_result_count")]
    [SuppressGCTransition]
    internal static partial int ResultCount(ResultHandle result);

    [LibraryImport(Library, EntryPoint = "t2j_result_buffer")]
    internal static partial int ResultBuffer(ResultHandle result, int index, BufferRecord* buffer);

    [LibraryImport(Library, EntryPoint = "t2j_result_structure")]
    [SuppressGCTransition]
    internal static partial byte* ResultStructure(ResultHandle result);

    [LibraryImport(Library, EntryPoint = "t2j_result_function_dtypes")]
    [SuppressGCTransition]
    internal static partial int* ResultFunctionDtypes(ResultHandle result, int* count);

    [LibraryImport(Library, EntryPoint = "t2j_result_warnings")]
    [SuppressGCTransition]
    internal static partial byte* ResultWarnings(ResultHandle result);

    [LibraryImport(Library, EntryPoint = "t2j_result_inferred_by")]
    [SuppressGCTransition]
    internal static partial int ResultInferredBy(ResultHandle result);

    [LibraryImport(Library, EntryPoint = "t2j_result_peak_bytes")]
    [SuppressGCTransition]
    internal static partial long ResultPeakBytes(ResultHandle result);

    [LibraryImport(Library, EntryPoint = "t2j_result_free")]
    internal static partial void ResultFree(nint result);
}
