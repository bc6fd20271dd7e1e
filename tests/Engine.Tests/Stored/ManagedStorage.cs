using System.Runtime.InteropServices;
using Torch2Jax.Arrays;

namespace Torch2Jax.Tests.Stored;

/// <summary>An array's memory that is none of the pool's.</summary>
internal sealed class ManagedStorage(float[] values) : ArrayStorage(Pin(values), (nuint)(values.Length * sizeof(float)))
{
    protected override bool ReleaseHandle()
    {
        Marshal.FreeHGlobal(handle);
        return true;
    }

    private static nint Pin(float[] values)
    {
        var memory = Marshal.AllocHGlobal(values.Length * sizeof(float));
        Marshal.Copy(values, 0, memory, values.Length);
        return memory;
    }
}
