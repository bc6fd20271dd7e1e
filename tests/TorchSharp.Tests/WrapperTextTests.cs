using Torch2Jax.Torch;
using Torch2Jax.TorchSharp.Scripts;
using Torch2Jax.TorchSharp.Sources;
using Torch2Jax.TorchSharp.Structures;
using Torch2Jax.Trees;

namespace Torch2Jax.TorchSharp.Tests;

/// <summary>Trees and static values go in and out of TorchSharp as text around the function.</summary>
public sealed class WrapperTextTests
{
    [Fact]
    public void Arguments_are_built_out_of_leaves_and_values()
    {
        string text = Write(
            "def f(p: Dict[str, Tensor], n: int, s: str, t: Optional[Tensor], e: List[Tensor], k: float = 1.0) -> Tensor",
            "{s1:a*0;s2:\u00e9*1;}i-3;s3:a\"bN[]f2;"
        );
        Assert.Contains("def t2j_call(l0: Tensor, l1: Tensor) -> List[Tensor]:", text);
        Assert.Contains("t2j_0: Dict[str, Tensor] = {\"a\": l0, \"\\303\\251\": l1}", text);
        Assert.Contains("t2j_1: List[Tensor] = []", text);
        Assert.Contains("f(p=t2j_0, n=-3, s=\"a\\042b\", t=None, e=t2j_1, k=2.0)", text);
    }

    [Fact]
    public void What_is_left_out_is_not_given()
    {
        string text = Write("def f(x: Tensor, n: int = 2, b: bool = True) -> Tensor", "*0;Db0");
        Assert.Contains("t2j_result = f(x=l0, b=False)", text);
    }

    [Theory]
    [InlineData(long.MinValue, "(-9223372036854775807 - 1)")]
    [InlineData(1e300, "1E+300")]
    [InlineData(0.1, "0.1")]
    [InlineData(-2.0, "-2.0")]
    [InlineData(double.NegativeInfinity, "-float('inf')")]
    [InlineData(double.NaN, "float('nan')")]
    [InlineData(true, "True")]
    [InlineData("a\nb", "\"a\\012b\"")]
    public void Values_are_written_as_TorchScript_reads_them(object value, string text) =>
        Assert.Equal(text, ScriptLiterals.Of(value));

    [Fact]
    public void A_results_numbers_are_its_tree()
    {
        // ({"b": None, "\u00e4": [leaf, leaf]}, leaf)
        long[] numbers = [2, 2, 4, 2, 1, 98, 0, 2, 195, 164, 3, 2, 1, 1, 1];
        TreeDef tree = new ResultStructure(numbers).Read();
        TreeDef dict = TreeDef.Dict(["b", "\u00e4"], [TreeDef.None, TreeDef.List([TreeDef.Leaf, TreeDef.Leaf])]);
        Assert.Equal(TreeDef.Tuple([dict, TreeDef.Leaf]), tree);
    }

    private static string Write(string header, string code)
    {
        PreparedSource source = PreparedSource.Read(header + ":\n    return x\n", null);
        IReadOnlyList<ArgumentStructure> arguments = ArgumentStructure.Parse(code);
        TorchType returns = source.Header.Returns!;
        return WrapperText.Write(source.Header, returns, arguments, ArgumentStructure.CountLeaves(arguments));
    }
}
