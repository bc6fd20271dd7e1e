namespace Torch2Jax.Native;

/// <summary>Owns a t2j_shared: memory that this process shares with a worker, or with all of them.</summary>
internal sealed unsafe class SharedHandle(nint value) : NativeHandle(value)
{
    /// <summary>Makes memory of zeros; only what is touched takes memory.</summary>
    /// <exception cref="Errors.EngineException">The machine has none.</exception>
    public static SharedHandle Create(long bytes)
    {
        nint shared = 0;
        nint error = 0;
        NativeStatus.Check(NativeMethods.SharedNew(bytes, &shared, &error), error);
        return new SharedHandle(shared);
    }

    protected override bool ReleaseHandle()
    {
        NativeMethods.SharedFree(handle);
        return true;
    }
}

/// <summary>Owns a t2j_template, which has ended when this is released.</summary>
internal sealed class TemplateHandle(nint value) : NativeHandle(value)
{
    protected override bool ReleaseHandle()
    {
        NativeMethods.TemplateFree(handle);
        return true;
    }
}
