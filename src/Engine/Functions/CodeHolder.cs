namespace Torch2Jax.Functions;

/// <summary>
/// The compiled code of one function version: there from the start, let go when it is unloaded, compiled again at its next
/// use. States: loaded - Unload -> unloaded - Acquire -> loaded; Retire from either, for good: what is acquired after it
/// lives as long as its user alone.
/// </summary>
internal sealed class CodeHolder(Func<CompiledCode> compile, CompiledCode? code, CodeBudget budget)
{
    private readonly Lock compiling = new();
    private CompiledCode? loaded = code;
    private bool retired;
    private long lastUsed = Environment.TickCount64;

    /// <summary>Whether it is compiled.</summary>
    public bool IsLoaded => Volatile.Read(ref loaded) is not null;

    /// <summary>When it was last used, in milliseconds since the machine started.</summary>
    public long LastUsed => Volatile.Read(ref lastUsed);

    /// <summary>The code, compiled where it is not there; the caller disposes of it.</summary>
    public CompiledCode Acquire()
    {
        Volatile.Write(ref lastUsed, Environment.TickCount64);
        if (Volatile.Read(ref loaded) is { } code && code.TryAddReference())
        {
            return code;
        }

        return Load();
    }

    /// <summary>Lets go of the code; a call in progress keeps it until it ends.</summary>
    /// <returns>Whether there was any.</returns>
    public bool Unload()
    {
        if (Interlocked.Exchange(ref loaded, null) is not { } code)
        {
            return false;
        }

        budget.Remove(this);
        code.Release();
        return true;
    }

    /// <summary>Lets go of the code, and keeps none from now on.</summary>
    public void Retire()
    {
        lock (compiling)
        {
            retired = true;
        }

        Unload();
    }

    private CompiledCode Load()
    {
        CompiledCode made;
        lock (compiling)
        {
            if (loaded is { } code && code.TryAddReference())
            {
                return code;
            }

            made = compile();
            if (retired)
            {
                return made;
            }

            made.TryAddReference();
            Volatile.Write(ref loaded, made);
        }

        budget.Add(this);
        return made;
    }
}
