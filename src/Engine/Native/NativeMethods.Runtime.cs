using System.Runtime.InteropServices;

namespace Torch2Jax.Native;

internal static unsafe partial class NativeMethods
{
    [LibraryImport(Library, EntryPoint = "t2j_abi_version")]
    internal static partial int AbiVersion();

    [LibraryImport(Library, EntryPoint = "t2j_libtorch_version")]
    internal static partial byte* LibtorchVersion();

    [LibraryImport(Library, EntryPoint = "t2j_devices")]
    internal static partial int Devices(DeviceRecord* devices, int capacity);

    [LibraryImport(Library, EntryPoint = "t2j_pinned_take")]
    internal static partial nint PinnedTake(long bytes);

    [LibraryImport(Library, EntryPoint = "t2j_pinned_give")]
    internal static partial int PinnedGive(nint block);

    [LibraryImport(Library, EntryPoint = "t2j_set_threads")]
    internal static partial int SetThreads(int count, nint* error);

    [LibraryImport(Library, EntryPoint = "t2j_threads")]
    internal static partial int Threads();

    [LibraryImport(Library, EntryPoint = "t2j_set_memory_limit")]
    internal static partial int SetMemoryLimit(byte* device, long bytes, nint* error);

    [LibraryImport(Library, EntryPoint = "t2j_set_cache_bytes")]
    internal static partial void SetCacheBytes(long bytes);

    [LibraryImport(Library, EntryPoint = "t2j_trim")]
    internal static partial void Trim();

    [LibraryImport(Library, EntryPoint = "t2j_read_counters")]
    internal static partial void ReadCounters(CountersRecord* counters);

    [LibraryImport(Library, EntryPoint = "t2j_take_log")]
    internal static partial long TakeLog(byte* text, long capacity);
}
