using Torch2Jax.Torch;

namespace Torch2Jax.Functions;

/// <summary>A program in the cache of its function.</summary>
internal sealed class CachedProgram(ITorchProgram program) : SharedResource, IDisposable
{
    private long lastUsed = Environment.TickCount64;

    /// <summary>The program; valid while a reference is held.</summary>
    public ITorchProgram Program => program;

    /// <summary>When it was last used, in milliseconds since the machine started.</summary>
    public long LastUsed => Volatile.Read(ref lastUsed);

    /// <summary>Notes a use.</summary>
    public void Touch() => Volatile.Write(ref lastUsed, Environment.TickCount64);

    /// <summary>Ends one use: the reference that <see cref="ProgramCache.Lease"/> gave.</summary>
    public void Dispose() => Release();

    /// <inheritdoc/>
    protected override void Free() => program.Dispose();
}
