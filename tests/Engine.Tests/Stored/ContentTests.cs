using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Stored;
using Torch2Jax.Tests.Functions;
using Torch2Jax.Trees;

namespace Torch2Jax.Tests.Stored;

/// <summary>What a hash covers, and the bytes in their order.</summary>
public sealed class ContentTests
{
    [Fact]
    public void A_hash_is_the_same_for_ever()
    {
        var tree = PyTree.Dict<NDArray>([new("w", Leaf(1, 2)), new("b", PyTree.List(Leaf(3), PyTree.None<NDArray>()))]);
        var content = ArrayContent.Of(tree);
        Assert.Equal(
            """{"b":[{"dtype":"float32","shape":[1]},null],"w":{"dtype":"float32","shape":[2]}}""",
            content.Layout
        );
        Assert.Equal("5ec4d00ff581eec41af05de6d55c9c86b3bc6a81433ed31dfe0f5a9d2755b0bc", content.Sha256);
    }

    [Fact]
    public void Whatever_differs_has_another_hash()
    {
        PyTree<NDArray>[] trees =
        [
            Leaf(1, 2),
            Leaf(2, 1),
            PyTree.Leaf(NDArray.FromArray<float>([1, 2], 1, 2)),
            PyTree.Leaf(NDArray.FromSpan<float>(DType.Int32, [2], [1, 2])),
            PyTree.List(Leaf(1, 2)),
            PyTree.Tuple(Leaf(1, 2)),
            PyTree.Dict<NDArray>([new("a", Leaf(1, 2))]),
            PyTree.Dict<NDArray>([new("b", Leaf(1, 2))]),
            PyTree.List(Leaf(1), Leaf(2)),
            PyTree.List(Leaf(1, 2), PyTree.None<NDArray>()),
        ];
        Assert.Equal(trees.Length, trees.Select(tree => ArrayContent.Of(tree).Sha256).Distinct().Count());
    }

    [Fact]
    public void Named_tuples_and_ordered_dicts_are_what_JSON_makes_of_them()
    {
        var (one, two) = (NDArray.FromArray<float>([1]), NDArray.FromArray<float>([2]));
        var named = new PyTree<NDArray>(
            TreeDef.NamedTuple("Point", ["x", "y"], [TreeDef.Leaf, TreeDef.Leaf]),
            one,
            two
        );
        Assert.Equal(
            ArrayContent.Of(PyTree.Tuple(PyTree.Leaf(one), PyTree.Leaf(two))).Sha256,
            ArrayContent.Of(named).Sha256
        );
        var ordered = new PyTree<NDArray>(TreeDef.OrderedDict(["y", "x"], [TreeDef.Leaf, TreeDef.Leaf]), two, one);
        var dict = PyTree.Dict<NDArray>([new("x", PyTree.Leaf(one)), new("y", PyTree.Leaf(two))]);
        Assert.Equal(ArrayContent.Of(dict).Sha256, ArrayContent.Of(ordered).Sha256);
    }

    [Fact]
    public void Bytes_are_read_and_written_in_pieces_of_any_size()
    {
        var content = ArrayContent.Of(PyTree.List(Leaf(), Leaf(1, 2), Leaf(), Leaf(3, 4, 5), Leaf()));
        var whole = new byte[content.Bytes];
        content.Read(0, whole);
        for (var size = 1; size <= whole.Length; size++)
        {
            NDArray[] leaves = [.. content.Tree.Leaves.Select(leaf => NDArray.Allocate(leaf.Aval))];
            for (var offset = 0; offset < whole.Length; offset += size)
            {
                var piece = new byte[Math.Min(size, whole.Length - offset)];
                content.Read(offset, piece);
                ArrayContent.Write(leaves, offset, piece);
            }

            Assert.Equal(content.Sha256, ArrayContent.Of(new PyTree<NDArray>(content.Tree.Structure, leaves)).Sha256);
        }
    }

    [Fact]
    public void A_tree_without_arrays_is_refused() =>
        ServiceFixture.Throws(ErrorCode.MalformedRequest, () => ArrayContent.Of(PyTree.List<NDArray>()));

    [Theory]
    [InlineData("a", "a", null)]
    [InlineData(
        "A_1.b-c@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "A_1.b-c",
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    )]
    public void A_reference_is_a_name_and_maybe_a_hash(string text, string name, string? sha256)
    {
        var reference = ArrayReference.Parse(text);
        Assert.Equal(new ArrayReference(name, sha256), reference);
        Assert.Equal(text, reference.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("1a")]
    [InlineData("a@")]
    [InlineData("a@1")]
    [InlineData("a@sha256:0123")]
    [InlineData("a@sha256:0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef")]
    [InlineData("a\u0000")]
    public void Anything_else_is_refused(string text) =>
        Assert.Equal(
            "args[0]",
            ServiceFixture.Throws(ErrorCode.MalformedRequest, () => ArrayReference.Parse(text, "args[0]")).Path
        );

    private static PyTree<NDArray> Leaf(params float[] values) => PyTree.Leaf(NDArray.FromArray(values, values.Length));
}
