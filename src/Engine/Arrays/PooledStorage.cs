namespace Torch2Jax.Arrays;

/// <summary>Memory of <see cref="ArrayMemory"/>; goes back to it when released.</summary>
internal sealed class PooledStorage : ArrayStorage
{
    private readonly int sizeClass;

    private PooledStorage(nint pointer, nuint byteLength, int sizeClass)
        : base(pointer, byteLength) => this.sizeClass = sizeClass;

    public static PooledStorage Rent(nuint byteLength)
    {
        var pointer = ArrayMemory.Rent(byteLength, out var sizeClass);
        return new PooledStorage(pointer, byteLength, sizeClass);
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        ArrayMemory.Return(handle, sizeClass);
        return true;
    }
}
