using System.Collections.Concurrent;
using Torch2Jax.Torch;

namespace Torch2Jax.Functions;

/// <summary>The programs of one compiled function: bounded, the one not used for longest goes first.</summary>
internal sealed class ProgramCache(ICompiledFunction function, int capacity)
{
    private readonly ConcurrentDictionary<string, CachedProgram> programs = new(StringComparer.Ordinal);
    private readonly Lock making = new();

    /// <summary>How many programs are held.</summary>
    public int Count => programs.Count;

    /// <summary>The program of a text, made where it is new. The caller disposes of what it gets.</summary>
    public CachedProgram Lease(string programText, string argumentsCode, string transformsCode)
    {
        if (TryLease(programText, out var known))
        {
            return known;
        }

        lock (making)
        {
            if (TryLease(programText, out known))
            {
                return known;
            }

            var made = new CachedProgram(function.CreateProgram(argumentsCode, transformsCode));
            made.TryAddReference();
            programs[programText] = made;
            Trim(made);
            return made;
        }
    }

    /// <summary>Lets go of all programs; those in use are freed when their calls end.</summary>
    public void Clear()
    {
        lock (making)
        {
            foreach (var text in programs.Keys)
            {
                Drop(text);
            }
        }
    }

    private bool TryLease(string text, out CachedProgram program)
    {
        if (programs.TryGetValue(text, out program!) && program.TryAddReference())
        {
            program.Touch();
            return true;
        }

        return false;
    }

    private void Trim(CachedProgram newest)
    {
        while (programs.Count > capacity)
        {
            var oldest = programs.Where(p => p.Value != newest).MinBy(p => p.Value.LastUsed);
            if (oldest.Key is null)
            {
                return;
            }

            Drop(oldest.Key);
        }
    }

    private void Drop(string text)
    {
        if (programs.TryRemove(text, out var program))
        {
            program.Release();
        }
    }
}
