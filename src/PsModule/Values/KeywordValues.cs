using System.Collections;
using Torch2Jax.Arrays;
using Torch2Jax.Trees;

namespace Torch2Jax.PsModule.Values;

/// <summary>Keyword arguments by name.</summary>
internal static class KeywordValues
{
    public static IReadOnlyDictionary<string, PyTree<IArgumentLeaf>>? Read(
        IDictionary? keywords,
        ValueReader reader,
        ExpectedArguments known
    )
    {
        if (keywords is null)
        {
            return null;
        }

        var read = new Dictionary<string, PyTree<IArgumentLeaf>>(StringComparer.Ordinal);
        foreach (DictionaryEntry entry in keywords)
        {
            var name = $"{entry.Key}";
            read[name] = reader.Read(entry.Value, known.OfKeyword(name), $"KeywordArgument.{name}");
        }

        return read;
    }
}
