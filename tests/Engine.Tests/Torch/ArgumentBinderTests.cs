using Torch2Jax.Arrays;
using Torch2Jax.Torch;
using Torch2Jax.Trees;
using Leaf = Torch2Jax.Arrays.IArgumentLeaf;

namespace Torch2Jax.Tests.Torch;

public sealed class ArgumentBinderTests
{
    private static readonly ShapeDtypeStruct Vector = new(DType.Float32, 3);
    private static readonly ShapeDtypeStruct Scalar = new(DType.Int64);

    public static TheoryData<string> GoldenNames => [.. GoldenFunction.Names];

    [Theory]
    [MemberData(nameof(GoldenNames))]
    public void Golden_arguments_have_the_tree_and_the_shape_key_that_JAX_gives_them(string name)
    {
        GoldenFunction golden = GoldenFunction.Of(name);
        FunctionSchema schema = SourceSignature.Parse(golden.Source, golden.Entry);
        for (int call = 0; call < 2; call++) // the second one may find the first one's structure
        {
            BoundArguments bound = ArgumentBinder.Bind(
                schema,
                golden.Args(golden.AsShape),
                golden.Kwargs(golden.AsShape)
            );
            Assert.Equal(golden.TreeDef, bound.InTree.ToString());
            Assert.Equal(golden.ShapeKey, bound.ShapeKey);
            Assert.Equal(bound.Leaves.Count, bound.Arguments.Sum(argument => argument.LeafCount));
        }
    }

    [Theory]
    [InlineData("f(x: Tensor, y: Tensor) -> Tensor", "*0;*1;")]
    [InlineData("f(x: Tensor, y: Tensor, n: int = 3) -> Tensor", "*0;*1;D")]
    [InlineData("f(x: Optional[Tensor], y: Tensor) -> Tensor", "*0;*1;")]
    public void Arrays_are_numbered_in_order(string signature, string code)
    {
        BoundArguments bound = ArgumentBinder.Bind(
            SourceSignature.Of(signature),
            [PyTree.Leaf<Leaf>(Vector), PyTree.Leaf<Leaf>(Scalar)],
            null
        );
        Assert.Equal(code, bound.Code);
        Assert.Equal([Vector, Scalar], bound.Leaves);
    }

    [Fact]
    public void Keywords_come_after_positions_sorted_by_name_while_the_code_keeps_the_order_of_the_schema()
    {
        FunctionSchema schema = SourceSignature.Of("f(x: Tensor, scale: Tensor, k: int, bias: Tensor) -> Tensor");
        var kwargs = new Dictionary<string, PyTree<Leaf>>
        {
            ["scale"] = PyTree.Leaf<Leaf>(Scalar),
            ["k"] = PyTree.Leaf<Leaf>(new StaticValue(7L)),
            ["bias"] = PyTree.Leaf<Leaf>(Vector),
        };
        BoundArguments bound = ArgumentBinder.Bind(schema, [PyTree.Leaf<Leaf>(Vector)], kwargs);
        Assert.Equal("*0;*2;i7;*1;", bound.Code);
        Assert.Equal("PyTreeDef(((*,), {'bias': *, 'scale': *}))", bound.InTree.ToString());
        Assert.Equal("float32[3], float32[3], int64[]", bound.ShapeKey);
        Assert.Equal(["x", "bias", "k", "scale"], bound.Arguments.Select(argument => argument.Name));
        Assert.Equal([0, -1, -1, -1], bound.Arguments.Select(argument => argument.Position));
        Assert.Equal([0, 1, 2, 2], bound.Arguments.Select(argument => argument.FirstLeaf));
        Assert.Equal([1, 1, 0, 1], bound.Arguments.Select(argument => argument.LeafCount));
        Assert.True(bound.Arguments[2].IsStatic);
    }

    [Fact]
    public void Keywords_that_are_given_but_empty_show_in_the_tree()
    {
        FunctionSchema schema = SourceSignature.Of("f(x: Tensor) -> Tensor");
        PyTree<Leaf>[] args = [PyTree.Leaf<Leaf>(Vector)];
        var none = new Dictionary<string, PyTree<Leaf>>();
        Assert.Equal("PyTreeDef((*,))", ArgumentBinder.Bind(schema, args, null).InTree.ToString());
        Assert.Equal("PyTreeDef(((*,), {}))", ArgumentBinder.Bind(schema, args, none).InTree.ToString());
        Assert.Equal("PyTreeDef((*,))", ArgumentBinder.Bind(schema, args, null).InTree.ToString());
    }

    [Fact]
    public void Trees_nest_and_dicts_go_by_sorted_keys()
    {
        FunctionSchema schema = SourceSignature.Of(
            "f(p: Dict[str, Tuple[Tensor, Optional[Tensor]]], q: List[Dict[str, Tensor]]) -> Tensor"
        );
        PyTree<Leaf> p = PyTree.Dict(
            new Dictionary<string, PyTree<Leaf>>
            {
                ["b"] = PyTree.Tuple(PyTree.Leaf<Leaf>(Vector), PyTree.None<Leaf>()),
                ["é"] = PyTree.Tuple(PyTree.Leaf<Leaf>(Scalar), PyTree.Leaf<Leaf>(Scalar)),
            }
        );
        PyTree<Leaf> q = PyTree.List<Leaf>();
        BoundArguments bound = ArgumentBinder.Bind(schema, [p, q], null);
        Assert.Equal("{s1:b(*0;N)s2:é(*1;*2;)}[]", bound.Code);
        Assert.Equal("PyTreeDef(({'b': (*, None), 'é': (*, *)}, []))", bound.InTree.ToString());
    }

    [Theory]
    [InlineData("int", -5L, "i-5;")]
    [InlineData("float", 3L, "f3;")]
    [InlineData("float", 0.1, "f0.1;")]
    [InlineData("float", 1e-320, "f1E-320;")]
    [InlineData("float", -0.0, "f-0;")]
    [InlineData("float", double.NaN, "fnan;")]
    [InlineData("float", double.NegativeInfinity, "f-inf;")]
    [InlineData("bool", true, "b1")]
    [InlineData("str", "naïve 😀", "s11:naïve 😀")]
    [InlineData("Optional[int]", 4L, "i4;")]
    [InlineData("Optional[str]", "", "s0:")]
    public void Static_values_go_into_the_code_and_not_into_the_tree(string type, object value, string code)
    {
        FunctionSchema schema = SourceSignature.Of($"f(x: Tensor, v: {type}) -> Tensor");
        PyTree<Leaf>[] args = [PyTree.Leaf<Leaf>(Vector), PyTree.Leaf<Leaf>(new StaticValue(value))];
        BoundArguments bound = ArgumentBinder.Bind(schema, args, null);
        Assert.Equal("*0;" + code, bound.Code);
        Assert.Equal("PyTreeDef((*,))", bound.InTree.ToString());
        Assert.Equal([Vector], bound.Leaves);
    }

    [Fact]
    public void A_list_of_numbers_is_one_static_value()
    {
        FunctionSchema schema = SourceSignature.Of(
            "f(x: Tensor, sizes: List[int], o: Optional[List[float]]) -> Tensor"
        );
        PyTree<Leaf> sizes = PyTree.List(
            PyTree.Leaf<Leaf>(new StaticValue(2L)),
            PyTree.Leaf<Leaf>(new StaticValue(3L))
        );
        BoundArguments bound = ArgumentBinder.Bind(
            schema,
            [PyTree.Leaf<Leaf>(Vector), sizes, PyTree.None<Leaf>()],
            null
        );
        Assert.Equal("*0;[i2;i3;]N", bound.Code);
        Assert.Equal("PyTreeDef((*,))", bound.InTree.ToString());
        Assert.Equal([false, true, true], bound.Arguments.Select(argument => argument.IsStatic));
    }

    [Fact]
    public void A_repeated_structure_with_a_value_in_place_of_an_array_is_bound_anew()
    {
        FunctionSchema schema = SourceSignature.Of("f(x: Tensor) -> Tensor");
        ArgumentBinder.Bind(schema, [PyTree.Leaf<Leaf>(Vector)], null);
        Assert.Throws<Errors.EngineException>(() =>
            ArgumentBinder.Bind(schema, [PyTree.Leaf<Leaf>(new StaticValue(1L))], null)
        );
    }
}
