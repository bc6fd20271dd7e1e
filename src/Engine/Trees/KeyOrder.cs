using System.Collections.Immutable;

namespace Torch2Jax.Trees;

/// <summary>The order of a dict's keys: by code point, each once.</summary>
internal static class KeyOrder
{
    /// <summary>Positions of the keys in their order; null where they are in order already.</summary>
    /// <exception cref="ArgumentException">A key is there twice.</exception>
    public static int[]? Of(IReadOnlyList<string> keys)
    {
        if (IsSorted(keys))
        {
            return null;
        }

        var order = Enumerable.Range(0, keys.Count).ToArray();
        Array.Sort(order, (i, j) => CodePointComparer.Instance.Compare(keys[i], keys[j]));
        for (var i = 1; i < order.Length; i++)
        {
            if (string.Equals(keys[order[i - 1]], keys[order[i]], StringComparison.Ordinal))
            {
                throw new ArgumentException($"The key {PythonText.Repr(keys[order[i]])} is there twice.", nameof(keys));
            }
        }

        return order;
    }

    /// <summary>The values in that order.</summary>
    public static ImmutableArray<T> Apply<T>(int[]? order, IReadOnlyList<T> values)
    {
        if (order is null)
        {
            return [.. values];
        }

        var sorted = ImmutableArray.CreateBuilder<T>(order.Length);
        foreach (var position in order)
        {
            sorted.Add(values[position]);
        }

        return sorted.MoveToImmutable();
    }

    private static bool IsSorted(IReadOnlyList<string> keys)
    {
        for (var i = 1; i < keys.Count; i++)
        {
            if (CodePointComparer.Instance.Compare(keys[i - 1], keys[i]) >= 0)
            {
                return false;
            }
        }

        return true;
    }
}
