using System.Runtime.InteropServices;
using Torch2Jax.Arrays;

namespace Torch2Jax.PsModule.Arrays;

/// <summary>Managed memory that stays where it is for the length of a call.</summary>
internal sealed class PinnedStorage : ArrayStorage
{
    private GCHandle pin;

    private PinnedStorage(GCHandle pin, int length)
        : base(pin.AddrOfPinnedObject(), (nuint)length) => this.pin = pin;

    /// <summary>Pins bytes; never an empty array, which has no address.</summary>
    public static PinnedStorage Of(byte[] bytes) => new(GCHandle.Alloc(bytes, GCHandleType.Pinned), bytes.Length);

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        pin.Free();
        return true;
    }
}
