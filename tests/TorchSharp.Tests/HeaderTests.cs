using Torch2Jax.Errors;
using Torch2Jax.Torch;
using Torch2Jax.TorchSharp.Sources;

namespace Torch2Jax.TorchSharp.Tests;

/// <summary>The signature is read from the text, since TorchSharp gives no schema.</summary>
public sealed class HeaderTests
{
    [Fact]
    public void Annotations_defaults_and_keywords_are_read()
    {
        FunctionSchema schema = Schema(
            "def f(x, params: Dict[str, Tensor], sizes: List[int] = [1, 2],\n"
                + "      *, name: str = 'a, b)', scale: Optional[float] = None) -> Tuple[Tensor, Tensor]:\n    return x, x\n"
        );
        Assert.Equal(
            "f(x: Tensor, params: Dict[str, Tensor], sizes: List[int] = [1, 2], *, name: str = 'a, b)', "
                + "scale: Optional[float] = None) -> Tuple[Tensor, Tensor]",
            schema.ToString()
        );
    }

    [Fact]
    public void Annotations_of_todays_Python_become_those_of_TorchScript()
    {
        PreparedSource source = PreparedSource.Read(
            "def f(x: Tensor | None, y: list[Tensor], z: None | dict[str, Tensor] = None) -> tuple[Tensor, Tensor]:\n    return y[0], y[1]\n",
            null
        );
        Assert.StartsWith(
            "def f(x: Optional[Tensor], y: List[Tensor], z: Optional[Dict[str, Tensor]] = None) -> Tuple[Tensor, Tensor]:",
            source.Text
        );
    }

    [Theory]
    [InlineData("x = 1\n", null, "only functions can stand at the top level of a source (line 1 of the source).")]
    [InlineData("", null, "the source defines no function.")]
    [InlineData("def f(x):\n    return x\n", "g", "the source defines no function 'g', only f.")]
    [InlineData(
        "def f(x):\n    return x\ndef g(x):\n    return x\n",
        null,
        "the source defines several functions, say which: f, g."
    )]
    [InlineData("def f(x", null, "',' was expected (line 2 of the source).")]
    public void What_cannot_be_called_says_why(string source, string? entry, string text)
    {
        var error = Assert.Throws<EngineException>(() => PreparedSource.Read(source, entry));
        Assert.Equal(ErrorCode.InvalidSource, error.Code);
        Assert.Equal(text, error.Message);
    }

    private static FunctionSchema Schema(string source)
    {
        PreparedSource prepared = PreparedSource.Read(source, null);
        return prepared.Schema(prepared.Header.Returns!);
    }
}
