using System.Collections.Concurrent;

namespace Torch2Jax.Functions;

/// <summary>How many functions stay compiled: beyond that the one not used for longest is unloaded.</summary>
internal sealed class CodeBudget(int capacity)
{
    private readonly ConcurrentDictionary<CodeHolder, byte> loaded = new();

    /// <summary>How many are compiled.</summary>
    public int Count => loaded.Count;

    /// <summary>Counts a function that was compiled.</summary>
    public void Add(CodeHolder holder)
    {
        loaded[holder] = 0;
        if (!holder.IsLoaded)
        {
            loaded.TryRemove(holder, out _);
        }

        while (loaded.Count > capacity && Oldest(holder) is { } oldest)
        {
            oldest.Unload();
            loaded.TryRemove(oldest, out _);
        }
    }

    /// <summary>Counts a function no more.</summary>
    public void Remove(CodeHolder holder) => loaded.TryRemove(holder, out _);

    private CodeHolder? Oldest(CodeHolder newest) => loaded.Keys.Where(h => h != newest).MinBy(h => h.LastUsed);
}
