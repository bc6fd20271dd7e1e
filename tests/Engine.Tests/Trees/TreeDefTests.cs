using Torch2Jax.Errors;
using Torch2Jax.Trees;

namespace Torch2Jax.Tests.Trees;

public sealed class TreeDefTests
{
    [Theory]
    [InlineData("plain", "'plain'")]
    [InlineData("it's", "\"it's\"")]
    [InlineData("say \"hi\"", "'say \"hi\"'")]
    [InlineData("it's \"both\"", "'it\\'s \"both\"'")]
    [InlineData("back\\slash", "'back\\\\slash'")]
    [InlineData("\t\n\r\u0001\u007f", "'\\t\\n\\r\\x01\\x7f'")]
    [InlineData("\u00a0\u00ad\u00e9", "'\\xa0\\xad\u00e9'")]
    [InlineData("\u200b\u2028\ue000\uffff", "'\\u200b\\u2028\\ue000\\uffff'")]
    [InlineData("\U0001F600", "'\U0001F600'")]
    [InlineData("\U000E0001\U0010FFFF", "'\\U000e0001\\U0010ffff'")]
    public void Keys_are_printed_as_Python_prints_strings(string key, string expected) =>
        Assert.Equal($"PyTreeDef({{{expected}: *}})", TreeDef.Dict([key], [TreeDef.Leaf]).ToString());

    [Fact]
    public void A_lone_surrogate_is_printed_by_its_number() => Assert.Equal("'\\ud800'", PythonText.Repr("\ud800"));

    [Fact]
    public void Keys_are_sorted_by_code_point_not_by_UTF_16()
    {
        var tree = TreeDef.Dict(["\U0001F600", "\uff5e", "b", "a", ""], [.. Enumerable.Repeat(TreeDef.Leaf, 5)]);
        Assert.Equal(["", "a", "b", "\uff5e", "\U0001F600"], tree.Keys.ToArray());
    }

    [Fact]
    public void A_dict_takes_its_leaves_along_when_it_sorts_its_keys()
    {
        var tree = PyTree.Dict(
            [
                KeyValuePair.Create("b", PyTree.List(PyTree.Leaf(1), PyTree.Leaf(2))),
                KeyValuePair.Create("a", PyTree.Leaf(3)),
            ]
        );
        Assert.Equal([3, 1, 2], tree.Leaves);
        Assert.Equal([1, 2], tree["b"].Leaves);
        Assert.Equal(2, tree["b"][1].Leaves[0]);
        Assert.Throws<KeyNotFoundException>(() => tree["c"]);
    }

    [Fact]
    public void A_key_that_is_there_twice_is_refused()
    {
        Assert.Throws<ArgumentException>(() => TreeDef.Dict(["a", "a"], [TreeDef.Leaf, TreeDef.Leaf]));
        Assert.Throws<ArgumentException>(() => TreeDef.Dict(["b", "a", "b"], [.. Enumerable.Repeat(TreeDef.Leaf, 3)]));
    }

    [Fact]
    public void Too_many_leaves_are_an_error_too()
    {
        var error = Assert.Throws<EngineException>(() => new PyTree<int>(TreeDef.Leaf, 1, 2));
        Assert.Equal("Too many leaves for PyTreeDef; expected 1, got 2", error.Message);
    }

    [Fact]
    public void Structures_differ_by_kind_keys_and_names()
    {
        TreeDef[] all =
        [
            TreeDef.Leaf,
            TreeDef.None,
            TreeDef.Tuple(),
            TreeDef.List(),
            TreeDef.Dict([], []),
            TreeDef.OrderedDict([], []),
            TreeDef.Tuple(TreeDef.Leaf),
            TreeDef.List(TreeDef.Leaf),
            TreeDef.Dict(["a"], [TreeDef.Leaf]),
            TreeDef.Dict(["b"], [TreeDef.Leaf]),
            TreeDef.OrderedDict(["a"], [TreeDef.Leaf]),
            TreeDef.NamedTuple("P", ["a"], [TreeDef.Leaf]),
            TreeDef.NamedTuple("Q", ["a"], [TreeDef.Leaf]),
        ];
        Assert.Equal(all.Length, all.Distinct().Count());
        Assert.Equal(all.Length, all.Select(tree => tree.ToString()).Distinct().Count());
    }
}
