using Torch2Jax.Arrays;
using Torch2Jax.Client.Tests.Support;
using Torch2Jax.Errors;
using Torch2Jax.Functions;
using Torch2Jax.Stored;
using Torch2Jax.Trees;

namespace Torch2Jax.Client.Tests;

/// <summary>Arrays that are stored once and named in calls, with the same answers and errors from both sessions.</summary>
[Collection(SessionsCollection.Name)]
public sealed class StoredArrayTests(SessionsFixture sessions)
{
    private const string Linear = """
        def linear(p: Dict[str, Tensor], x: Tensor) -> Tensor:
            return x @ p["w"] + p["b"]

        """;

    public static TheoryData<SessionKind> Kinds => [SessionKind.InProcess, SessionKind.Remote];

    public static TheoryData<SessionKind, string> Trees()
    {
        var data = new TheoryData<SessionKind, string>();
        foreach (var kind in Enum.GetValues<SessionKind>())
        {
            foreach (var tree in Examples.Keys)
            {
                data.Add(kind, tree);
            }
        }

        return data;
    }

    private static Dictionary<string, Func<PyTree<NDArray>>> Examples { get; } =
        new()
        {
            ["PyTreeDef(*)"] = () => Leaf(2, 1.5f, -2, 0, 4),
            ["PyTreeDef({'b': *, 'it\\'s \"w\"': *})"] = () =>
                PyTree.Dict([KeyValuePair.Create("it's \"w\"", Leaf(1, 1, 2)), KeyValuePair.Create("b", Leaf(0, 3))]),
            ["PyTreeDef((*, [*, {'a': *}]))"] = () =>
                PyTree.Tuple(
                    Leaf(1, 1, 2, 3),
                    PyTree.List(Leaf(0, 7), PyTree.Dict([KeyValuePair.Create("a", Leaf(1))]))
                ),
            ["PyTreeDef({'c': *})"] = () =>
                PyTree.Dict([KeyValuePair.Create("c", PyTree.Leaf(NDArray.FromArray<double>([1, 2], 2)))]).Map(Complex),
        };

    [Theory]
    [MemberData(nameof(Trees))]
    public void A_tree_comes_back_as_it_was(SessionKind kind, string structure)
    {
        var arrays = sessions.Session(kind).Arrays;
        var given = Examples[structure]();
        var put = arrays.Put("tree", given);
        var same = arrays.Put("tree", given);
        Assert.Equal((false, put.Array.Sha256), (same.Created, same.Array.Sha256));
        using var got = arrays.Get("tree");
        Assert.Equal(given.Structure, got.Tree.Structure);
        Assert.Equal(given.Leaves.Select(Text), got.Tree.Leaves.Select(Text));
        Assert.Equal(put.Array.Sha256, got.Array.Sha256);
        Assert.Equal(given.Leaves.Select(leaf => leaf.Aval), got.Array.Leaves.Select(leaf => leaf.Shape));
        Assert.Equal(given.Structure.KeyPaths(), got.Array.Leaves.Select(leaf => leaf.Path));
        Assert.Equal(given.Leaves.Sum(leaf => (long)leaf.ByteLength), got.Array.Bytes);
        arrays.Delete("tree");
        Release(given);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_reference_stands_for_its_tree_in_every_place_of_a_call(SessionKind kind)
    {
        var session = sessions.Session(kind);
        session.Register(new RegistrationRequest("ref.linear", Linear));
        var w = Leaf(1, 1, 2);
        var b = Leaf(0, 3);
        session.Arrays.Put("ref.w", w);
        session.Arrays.Put("ref.p", PyTree.Dict([KeyValuePair.Create("w", w), KeyValuePair.Create("b", b)]));
        var x = Calls.Array(10, 20);
        var whole = Calls.Of(Ref("ref.p"), x);
        var part = Calls.Of(
            PyTree.Dict(
                [KeyValuePair.Create("w", Ref("ref.w")), KeyValuePair.Create("b", b.Map(leaf => (IArgumentLeaf)leaf))]
            ),
            x
        );
        var pinned = Calls.Of(Ref(session.Arrays.Find("ref.p").Pinned), x);
        using var stop = new CancellationTokenSource();
        foreach (var call in new[] { whole, part, pinned })
        {
            using var result = session.Invoke("ref.linear", call);
            Assert.Equal([53], Calls.Floats(result));
            using var cancellable = session.Invoke("ref.linear", call, stop.Token);
            Assert.Equal([53], Calls.Floats(cancellable));
        }

        var derived = whole with { Transforms = Calls.Transforms("""[{"grad":{"argnums":[0]}}]""") };
        using var gradient = session.Invoke("ref.linear", derived);
        Assert.Equal("PyTreeDef(({'b': *, 'w': *},))", gradient.Outputs.Structure.ToString());
        Assert.Equal([10, 20], gradient.Outputs.Leaves[1].AsSpan<float>().ToArray());
        var shapes = session.EvalShape("ref.linear", Calls.Of(Ref("ref.p"), Calls.Shape(5, 2)));
        Assert.Equal("float32[5]", shapes.Outputs.Leaves[0].ToString());
        var named = session.Register(new RegistrationRequest("ref.example", Linear, ExampleArgs: [Ref("ref.p"), x]));
        Assert.Equal("float32[], float32[2], float32[2]", named.Function.ShapeKey);
        Release(PyTree.Tuple(w, b));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_name_that_is_not_there_is_told_with_its_place(SessionKind kind)
    {
        var session = sessions.Session(kind);
        session.Register(new RegistrationRequest("ref.double", Calls.DoubleIt));
        var error = Assert.ThrowsAny<EngineException>(() => session.Invoke("ref.double", Calls.Of(Ref("nowhere"))));
        Assert.Equal((ErrorCode.ArrayNotFound, "args[0]"), (error.Code, error.Path));
        foreach (
            var act in new Action[]
            {
                () => session.Arrays.Get("nowhere"),
                () => session.Arrays.Find("nowhere"),
                () => session.Arrays.Delete("nowhere"),
            }
        )
        {
            error = Assert.ThrowsAny<EngineException>(act);
            Assert.Equal(ErrorCode.ArrayNotFound, error.Code);
            Assert.StartsWith("No array 'nowhere' is stored.", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(
            ErrorCode.MalformedRequest,
            Assert.ThrowsAny<EngineException>(() => session.Arrays.Get("../keys")).Code
        );
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Conditions_keep_one_writer_from_undoing_anothers_work(SessionKind kind)
    {
        var arrays = sessions.Session(kind).Arrays;
        var one = Leaf(0, 1);
        var two = Leaf(0, 2);
        var absent = new ArrayCondition(Absent: true);
        var first = arrays.Put("ref.once", one, absent);
        Assert.True(first.Created);
        Assert.Equal(ErrorCode.PreconditionFailed, Code(() => arrays.Put("ref.once", two, absent)));
        var second = arrays.Put("ref.once", two, new ArrayCondition(first.Array.Sha256));
        Assert.Equal(
            ErrorCode.PreconditionFailed,
            Code(() => arrays.Delete("ref.once", new ArrayCondition(first.Array.Sha256)))
        );
        Assert.Equal(ErrorCode.Conflict, Code(() => arrays.Get(first.Array.Pinned).Dispose()));
        Assert.Equal(ErrorCode.Conflict, Code(() => arrays.Find(first.Array.Pinned)));
        arrays.Delete("ref.once", new ArrayCondition(second.Array.Sha256));
        Release(PyTree.Tuple(one, two));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Lists_of_stored_arrays_go_on_over_the_edge_of_a_page(SessionKind kind)
    {
        var arrays = sessions.Session(kind).Arrays;
        var one = Leaf(0, 1);
        var names = Enumerable.Range(0, 203).Select(i => $"page.{i:D3}").ToList();
        names.ForEach(name => arrays.Put(name, one));
        Assert.Equal(names, arrays.List("page.").Select(array => array.Name));
        Assert.Empty(arrays.List("none of these"));
        names.ForEach(name => arrays.Delete(name));
        Release(one);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Some_megabytes_go_there_and_come_back(SessionKind kind)
    {
        var arrays = sessions.Session(kind).Arrays;
        var values = Enumerable.Range(0, 3_000_001).Select(i => (float)i).ToArray();
        var many = PyTree.Leaf(NDArray.FromArray(values, values.Length));
        arrays.Put("ref.large", many);
        using (var got = arrays.Get("ref.large"))
        {
            Assert.True(got.Tree.Leaves[0].Bytes.SequenceEqual(many.Leaves[0].Bytes));
        }

        arrays.Delete("ref.large");
        Release(many);
    }

    private static ErrorCode Code(Action act) => Assert.ThrowsAny<EngineException>(act).Code;

    private static PyTree<IArgumentLeaf> Ref(string text) => PyTree.Leaf<IArgumentLeaf>(ArrayReference.Parse(text));

    private static PyTree<NDArray> Leaf(int rank, params float[] values) =>
        PyTree.Leaf(
            NDArray.FromArray(
                values,
                rank == 0 ? []
                    : rank == 1 ? [values.Length]
                    : [2, values.Length / 2]
            )
        );

    private static NDArray Complex(NDArray pair)
    {
        var complex = NDArray.Allocate(DType.Complex128, 1);
        pair.Bytes.CopyTo(complex.Bytes);
        pair.Dispose();
        return complex;
    }

    private static string Text(NDArray array) => $"{array.Aval} {Convert.ToHexString(array.Bytes)}";

    private static void Release(PyTree<NDArray> tree)
    {
        foreach (var array in tree.Leaves)
        {
            array.Dispose();
        }
    }
}
