using Torch2Jax.PsModule.Values;

namespace Torch2Jax.PsModule.Tests.Values;

/// <summary>Signatures and sources, read for what values are to become.</summary>
public sealed class FunctionTypesTests
{
    [Fact]
    public void A_signature_tells_names_types_and_the_result()
    {
        var types = FunctionTypes.OfSignature(
            "f(x: Tensor, p: Dict[str, Tensor], n: int = 3, *, s: str = 'a, (b', k: Optional[List[int]] = None) -> Tuple[Tensor, Tensor]"
        );
        Assert.Equal(["x", "p", "n", "s", "k"], types.Parameters.Select(parameter => parameter.Key));
        Assert.Equal("Dict[str, Tensor]", $"{types.Of("p")}");
        Assert.Equal("str", $"{types.Of("s")}");
        Assert.Equal("Tuple[Tensor, Tensor]", $"{types.Returns}");
    }

    [Fact]
    public void A_source_tells_the_same_of_its_entry()
    {
        const string Source = """
            import torch

            def helper(x):
                return x

            @torch.jit.script
            def f(x: torch.Tensor,
                  n: int = 2) -> Tensor:
                return helper(x) * n
            """;
        var types = FunctionTypes.OfSource(Source, "f");
        Assert.Equal("Tensor", $"{types.Of("x")}");
        Assert.Equal("int", $"{types.Of("n")}");
        Assert.Equal("Tensor", $"{types.Returns}");
        Assert.Equal("Tensor", $"{FunctionTypes.OfSource(Source, "helper").Of("x")}");
        Assert.Empty(FunctionTypes.OfSource(Source, "none").Parameters);
        Assert.Empty(FunctionTypes.OfSource(Source, null).Parameters);
    }

    [Theory]
    [InlineData("")]
    [InlineData("f(")]
    [InlineData("f(x: 'Tensor")]
    [InlineData("f(x: list[int]) -> object")]
    public void What_cannot_be_read_is_unknown_and_no_error(string signature) =>
        Assert.All(FunctionTypes.OfSignature(signature).Parameters, parameter => Assert.Null(parameter.Value));

    [Theory]
    [InlineData("float32[10, 5]", "float32[10, 5]")]
    [InlineData(" int64[ ] ", "int64[]")]
    [InlineData("bool[0]", "bool[0]")]
    public void A_shape_is_written_as_the_engine_writes_it(string text, string shape) =>
        Assert.Equal(shape, $"{ShapeText.Parse(text)}");

    [Theory]
    [InlineData("float32")]
    [InlineData("[1]")]
    [InlineData("float32[a]")]
    [InlineData("float32[-1]")]
    public void What_is_no_shape_says_how_one_is_written(string text) =>
        Assert.Contains("float32[10, 5]", Assert.Throws<FormatException>(() => ShapeText.Parse(text)).Message);
}
