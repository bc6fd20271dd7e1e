using System.Runtime.InteropServices;

namespace Torch2Jax.Native;

/// <summary>
/// The functions of t2j.h, one file an area as there. Structs are blittable and pass by pointer; handles that may be freed
/// by another thread pass as SafeHandles, which keep them alive for the length of the call without allocating.
/// </summary>
internal static unsafe partial class NativeMethods
{
    public const string Library = "torch2jax";

    [LibraryImport(Library, EntryPoint = "t2j_error_status")]
    internal static partial int ErrorStatus(nint error);

    [LibraryImport(Library, EntryPoint = "t2j_error_message")]
    internal static partial byte* ErrorMessage(nint error);

    [LibraryImport(Library, EntryPoint = "t2j_error_free")]
    internal static partial void ErrorFree(nint error);
}
