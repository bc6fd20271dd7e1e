using System.Runtime.InteropServices;

namespace Torch2Jax.Native;

/// <summary>The functions of t2j_isolation.h.</summary>
internal static unsafe partial class NativeMethods
{
    [LibraryImport(Library, EntryPoint = "t2j_shared_new")]
    internal static partial int SharedNew(long bytes, nint* shared, nint* error);

    [LibraryImport(Library, EntryPoint = "t2j_shared_data")]
    [SuppressGCTransition]
    internal static partial nint SharedData(SharedHandle shared);

    [LibraryImport(Library, EntryPoint = "t2j_shared_discard")]
    internal static partial void SharedDiscard(SharedHandle shared, long offset, long bytes);

    [LibraryImport(Library, EntryPoint = "t2j_shared_free")]
    internal static partial void SharedFree(nint shared);

    [LibraryImport(Library, EntryPoint = "t2j_template_start")]
    internal static partial int TemplateStart(
        TemplateOptionsRecord* options,
        SharedHandle inputs,
        nint* process,
        nint* error
    );

    [LibraryImport(Library, EntryPoint = "t2j_template_wait")]
    internal static partial void TemplateWait(TemplateHandle process, EventRecord* happened);

    [LibraryImport(Library, EntryPoint = "t2j_template_fork")]
    internal static partial int TemplateFork(TemplateHandle process, long worker, SharedHandle region, nint* error);

    [LibraryImport(Library, EntryPoint = "t2j_template_kill")]
    internal static partial void TemplateKill(TemplateHandle process, long worker);

    [LibraryImport(Library, EntryPoint = "t2j_template_errors")]
    internal static partial long TemplateErrors(TemplateHandle process, byte* text, long capacity);

    [LibraryImport(Library, EntryPoint = "t2j_template_close")]
    internal static partial void TemplateClose(TemplateHandle process);

    [LibraryImport(Library, EntryPoint = "t2j_template_free")]
    internal static partial void TemplateFree(nint process);

    [LibraryImport(Library, EntryPoint = "t2j_channel_call")]
    internal static partial int ChannelCall(SharedHandle region, int timeoutMs);

    [LibraryImport(Library, EntryPoint = "t2j_channel_end")]
    internal static partial void ChannelEnd(SharedHandle region);
}
