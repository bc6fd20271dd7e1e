using System.Runtime.InteropServices;

namespace Torch2Jax.Native;

internal static unsafe partial class NativeMethods
{
    [LibraryImport(Library, EntryPoint = "t2j_function_compile")]
    internal static partial int FunctionCompile(
        byte* source,
        long sourceLength,
        byte* entry,
        nint* function,
        nint* error
    );

    [LibraryImport(Library, EntryPoint = "t2j_function_load")]
    internal static partial int FunctionLoad(
        byte* archive,
        long archiveLength,
        byte* method,
        int functional,
        nint* function,
        nint* error
    );

    [LibraryImport(Library, EntryPoint = "t2j_function_schema")]
    internal static partial byte* FunctionSchema(FunctionHandle function);

    [LibraryImport(Library, EntryPoint = "t2j_function_free")]
    internal static partial void FunctionFree(nint function);
}
