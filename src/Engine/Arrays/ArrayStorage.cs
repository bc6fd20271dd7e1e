using System.Runtime.InteropServices;

namespace Torch2Jax.Arrays;

/// <summary>
/// The memory behind an array, and whoever must be told when it is no longer needed. A safe handle, so that an array
/// that nobody disposed of is no leak.
/// </summary>
public abstract class ArrayStorage : SafeHandle
{
    /// <summary>Takes memory over.</summary>
    /// <param name="pointer">The first byte; never zero, also where there are no bytes.</param>
    /// <param name="byteLength">How many bytes may be read and written.</param>
    protected ArrayStorage(nint pointer, nuint byteLength)
        : base(0, ownsHandle: true)
    {
        SetHandle(pointer);
        ByteLength = byteLength;
    }

    /// <summary>How many bytes there are.</summary>
    public nuint ByteLength { get; }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>The first byte.</summary>
    /// <exception cref="ObjectDisposedException">The array was disposed of.</exception>
    internal nint Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(IsClosed, typeof(NDArray));
            return handle;
        }
    }
}
