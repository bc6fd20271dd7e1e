using FsCheck;
using FsCheck.Fluent;
using Torch2Jax.Trees;

namespace Torch2Jax.Tests.Trees;

/// <summary>Random structures of every kind, for property tests.</summary>
public static class RandomTree
{
    private static readonly Gen<string> Key = Gen.Frequency(
        (
            6,
            Gen.Elements(
                "a",
                "b",
                "fc1.weight",
                "fc10.bias",
                "dtype",
                "shape",
                "data",
                "$tuple",
                "$dtype",
                "$$",
                "it's"
            )
        ),
        (1, Gen.Elements("\U0001F600", "\uff5e", "tab\tkey", "", "\u00e9"))
    );

    /// <summary>What FsCheck calls for an argument that is a structure.</summary>
    public static Arbitrary<TreeDef> TreeDefs() => Arb.From(Gen.Sized(size => Node(Math.Min(size, 20), plain: false)));

    /// <summary>Structures that JSON can say.</summary>
    public static Gen<TreeDef> Plain(int size) => Node(size, plain: true);

    private static Gen<TreeDef> Node(int size, bool plain)
    {
        var leaf = Gen.Frequency((4, Gen.Constant(TreeDef.Leaf)), (1, Gen.Constant(TreeDef.None)));
        if (size <= 0)
        {
            return leaf;
        }

        var children = Gen.Choose(0, 4).SelectMany(count => Gen.ArrayOf(Node(size / (count + 1), plain), count));
        var keyed = children.SelectMany(c => Keys(c.Length), (c, keys) => (Keys: keys, Children: c));
        Gen<TreeDef>[] kinds =
        [
            leaf,
            children.Select(c => TreeDef.Tuple(c)),
            children.Select(c => TreeDef.List(c)),
            keyed.Select(k => TreeDef.Dict(k.Keys, k.Children)),
            keyed.Select(k => TreeDef.OrderedDict(k.Keys, k.Children)),
            keyed.Select(k => TreeDef.NamedTuple("Point", k.Keys, k.Children)),
        ];
        return Gen.OneOf(plain ? kinds[..4] : kinds);
    }

    private static Gen<string[]> Keys(int count) =>
        Gen.ListOf(Key, count * 3)
            .Select(keys =>
                keys.Distinct(StringComparer.Ordinal)
                    .Concat(Enumerable.Range(0, count).Select(i => "key" + i))
                    .Take(count)
                    .ToArray()
            );
}
