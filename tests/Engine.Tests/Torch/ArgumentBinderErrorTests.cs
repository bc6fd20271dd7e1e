using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Torch;
using Torch2Jax.Trees;
using Leaf = Torch2Jax.Arrays.IArgumentLeaf;

namespace Torch2Jax.Tests.Torch;

public sealed class ArgumentBinderErrorTests
{
    private static readonly PyTree<Leaf> Array = PyTree.Leaf<Leaf>(new ShapeDtypeStruct(DType.Float32, 3));

    public static TheoryData<string, string, string, string> Mismatches =>
        new()
        {
            { "Tensor", "number", "the int 5 came", "args[0]" },
            { "Tensor", "none", "None came. Only an argument declared Optional[Tensor] takes None", "args[0]" },
            { "Tensor", "list", "a list of 2 came. Write an array as", "args[0]" },
            { "int", "array", "the array float32[3] came. Write a static int", "args[0]" },
            { "int", "true", "the bool true came", "args[0]" },
            { "int", "fraction", "the float 0.5 came", "args[0]" },
            { "bool", "number", "the int 5 came", "args[0]" },
            { "str", "number", "the int 5 came", "args[0]" },
            { "int", "text", "a string came", "args[0]" },
            { "Tuple[Tensor, Tensor]", "list", "a list of 2 came. Tuples and lists differ", "args[0]" },
            { "List[Tensor]", "tuple", "a tuple of 2 came. Tuples and lists differ", "args[0]" },
            { "Tuple[Tensor, Tensor, Tensor]", "tuple", "a tuple of 2 came. Write a tuple of 3", "args[0]" },
            { "Dict[str, Tensor]", "array", "the array float32[3] came. Write a dict", "args[0]" },
            {
                "Dict[str, List[Tensor]]",
                "dict",
                "expects List[Tensor] within Dict[str, List[Tensor]] at args[0].k",
                "args[0].k"
            },
            { "Tuple[Tensor, int]", "tuple", "expects int within Tuple[Tensor, int] at args[0][1]", "args[0][1]" },
            { "Optional[Tensor]", "dict", "a dict with key 'k' came", "args[0]" },
            { "__torch__.Point", "array", "Nothing can be given for an argument of type __torch__.Point", "args[0]" },
        };

    [Theory]
    [MemberData(nameof(Mismatches))]
    public void A_mismatch_says_what_came_what_was_expected_and_where(
        string type,
        string given,
        string text,
        string path
    )
    {
        FunctionSchema schema = SourceSignature.Of($"f(x: {type}) -> Tensor");
        EngineException error = Throws(schema, [Make(given)]);
        Assert.Equal(ErrorCode.StructureMismatch, error.Code);
        Assert.Equal(path, error.Path);
        Assert.StartsWith("f: argument 'x' expects ", error.Message, StringComparison.Ordinal);
        Assert.Contains(text, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_arguments_are_named_with_their_types()
    {
        FunctionSchema schema = SourceSignature.Of(
            "f(x: Tensor, y: Tensor, w: Optional[Tensor], n: int = 1) -> Tensor"
        );
        EngineException error = Throws(schema, [Array]);
        Assert.Equal(ErrorCode.StructureMismatch, error.Code);
        Assert.Contains(
            "missing 2 arguments: 'y' (Tensor), 'w' (Optional[Tensor])",
            error.Message,
            StringComparison.Ordinal
        );
        Assert.Contains(schema.ToString(), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Too_many_positions_are_counted()
    {
        EngineException error = Throws(SourceSignature.Of("f(x: Tensor) -> Tensor"), [Array, Array]);
        Assert.Equal(ErrorCode.StructureMismatch, error.Code);
        Assert.Contains("takes 1 argument by position, but 2 came", error.Message, StringComparison.Ordinal);
        Assert.Equal("args[1]", error.Path);
    }

    [Fact]
    public void An_unknown_keyword_is_refused_with_the_signature()
    {
        EngineException error = Throws(SourceSignature.Of("f(x: Tensor) -> Tensor"), [Array], ("bias", Array));
        Assert.Equal(ErrorCode.UnexpectedKeywordArguments, error.Code);
        Assert.Contains(
            "unexpected keyword argument 'bias'; its signature is f(x: Tensor) -> Tensor",
            error.Message,
            StringComparison.Ordinal
        );
        Assert.Equal("kwargs.bias", error.Path);
    }

    [Fact]
    public void An_argument_given_twice_is_refused()
    {
        EngineException error = Throws(SourceSignature.Of("f(x: Tensor, y: Tensor) -> Tensor"), [Array], ("x", Array));
        Assert.Equal(ErrorCode.StructureMismatch, error.Code);
        Assert.Contains("got argument 'x' twice", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_keyword_only_argument_is_not_taken_by_position()
    {
        FunctionSchema schema = new(
            "f",
            [
                new("x", TorchType.Parse("Tensor"), false, null, KeywordOnly: false),
                new("y", TorchType.Parse("Tensor"), true, "x", KeywordOnly: true),
            ],
            TorchType.Parse("Tensor")
        );
        Assert.Equal(ErrorCode.StructureMismatch, Throws(schema, [Array, Array]).Code);
    }

    private static EngineException Throws(
        FunctionSchema schema,
        IReadOnlyList<PyTree<Leaf>> args,
        params (string Name, PyTree<Leaf> Value)[] kwargs
    ) =>
        Assert.Throws<EngineException>(() =>
            ArgumentBinder.Bind(schema, args, kwargs.ToDictionary(item => item.Name, item => item.Value))
        );

    private static PyTree<Leaf> Make(string what) =>
        what switch
        {
            "array" => Array,
            "none" => PyTree.None<Leaf>(),
            "number" => PyTree.Leaf<Leaf>(new StaticValue(5L)),
            "fraction" => PyTree.Leaf<Leaf>(new StaticValue(0.5)),
            "true" => PyTree.Leaf<Leaf>(new StaticValue(true)),
            "text" => PyTree.Leaf<Leaf>(new StaticValue("secret")),
            "list" => PyTree.List(Array, Array),
            "tuple" => PyTree.Tuple(Array, Array),
            _ => PyTree.Dict(new Dictionary<string, PyTree<Leaf>> { ["k"] = Array }),
        };
}
