using System.Runtime.InteropServices;

namespace Torch2Jax.Native;

/// <summary>A handle of the native library that is freed once, when nobody uses it any more.</summary>
internal abstract class NativeHandle : SafeHandle
{
    protected NativeHandle(nint value)
        : base(0, ownsHandle: true) => SetHandle(value);

    public override bool IsInvalid => handle == 0;
}

/// <summary>Owns a t2j_function.</summary>
internal sealed class FunctionHandle(nint value) : NativeHandle(value)
{
    protected override bool ReleaseHandle()
    {
        NativeMethods.FunctionFree(handle);
        return true;
    }
}

/// <summary>Owns a t2j_program; its function lives at least as long.</summary>
internal sealed class ProgramHandle : NativeHandle
{
    private readonly FunctionHandle function;

    /// <summary>Takes a program over, and one reference to its function that the caller has added.</summary>
    public ProgramHandle(nint value, FunctionHandle function)
        : base(value) => this.function = function;

    protected override bool ReleaseHandle()
    {
        NativeMethods.ProgramFree(handle);
        function.DangerousRelease();
        return true;
    }
}

/// <summary>Owns a t2j_result and so the arrays in it.</summary>
internal sealed class ResultHandle(nint value) : NativeHandle(value)
{
    protected override bool ReleaseHandle()
    {
        NativeMethods.ResultFree(handle);
        return true;
    }
}

/// <summary>Owns a t2j_array; a call adds a reference while it uses it.</summary>
internal sealed class ArrayHandle(nint value) : NativeHandle(value)
{
    protected override bool ReleaseHandle()
    {
        NativeMethods.ArrayFree(handle);
        return true;
    }
}
