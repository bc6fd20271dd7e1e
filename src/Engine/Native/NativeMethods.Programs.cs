using System.Runtime.InteropServices;

namespace Torch2Jax.Native;

internal static unsafe partial class NativeMethods
{
    [LibraryImport(Library, EntryPoint = "t2j_program_new")]
    internal static partial int ProgramNew(
        FunctionHandle function,
        byte* arguments,
        byte* transforms,
        nint* program,
        nint* error
    );

    [LibraryImport(Library, EntryPoint = "t2j_program_inputs")]
    internal static partial int ProgramInputs(ProgramHandle program);

    [LibraryImport(Library, EntryPoint = "t2j_program_free")]
    internal static partial void ProgramFree(nint program);

    [LibraryImport(Library, EntryPoint = "t2j_program_call")]
    internal static partial int ProgramCall(
        ProgramHandle program,
        BufferRecord* inputs,
        int inputCount,
        CallOptionsRecord* options,
        nint* result,
        nint* error
    );

    [LibraryImport(Library, EntryPoint = "t2j_program_call_into")]
    internal static partial int ProgramCallInto(
        ProgramHandle program,
        BufferRecord* inputs,
        int inputCount,
        BufferRecord* outputs,
        int outputCount,
        CallOptionsRecord* options,
        nint* result,
        nint* error
    );

    [LibraryImport(Library, EntryPoint = "t2j_program_infer")]
    internal static partial int ProgramInfer(
        ProgramHandle program,
        BufferRecord* inputs,
        int inputCount,
        int modes,
        CallOptionsRecord* options,
        nint* result,
        nint* error
    );
}
