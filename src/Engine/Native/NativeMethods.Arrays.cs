using System.Runtime.InteropServices;

namespace Torch2Jax.Native;

internal static unsafe partial class NativeMethods
{
    [LibraryImport(Library, EntryPoint = "t2j_array_new")]
    internal static partial int ArrayNew(BufferRecord* buffer, byte* device, nint* array, nint* error);

    [LibraryImport(Library, EntryPoint = "t2j_array_free")]
    internal static partial void ArrayFree(nint array);
}
