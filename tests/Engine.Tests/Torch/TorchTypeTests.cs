using Torch2Jax.Torch;

namespace Torch2Jax.Tests.Torch;

public sealed class TorchTypeTests
{
    [Theory]
    [InlineData("Tensor", TorchTypeKind.Tensor)]
    [InlineData("int", TorchTypeKind.Int)]
    [InlineData("float", TorchTypeKind.Float)]
    [InlineData("bool", TorchTypeKind.Bool)]
    [InlineData("str", TorchTypeKind.String)]
    [InlineData("Optional[Tensor]", TorchTypeKind.Optional)]
    [InlineData("List[int]", TorchTypeKind.List)]
    [InlineData("Tuple[Tensor, Tuple[Tensor, float]]", TorchTypeKind.Tuple)]
    [InlineData("Tuple[()]", TorchTypeKind.Tuple)]
    [InlineData("Dict[str, List[Optional[Tensor]]]", TorchTypeKind.Dict)]
    [InlineData("NoneType", TorchTypeKind.Other)]
    [InlineData("__torch__.Point", TorchTypeKind.Other)]
    [InlineData("Dict[int, Tensor]", TorchTypeKind.Other)]
    [InlineData("Future[Tensor]", TorchTypeKind.Other)]
    public void An_annotation_is_read_and_printed_as_TorchScript_prints_it(string text, TorchTypeKind kind)
    {
        TorchType type = TorchType.Parse(text);
        Assert.Equal(kind, type.Kind);
        Assert.Equal(text, type.ToString());
        Assert.Equal(TorchType.Parse($" {text.Replace(",", " ,", StringComparison.Ordinal)} "), type);
    }

    [Theory]
    [InlineData("int", true)]
    [InlineData("Optional[List[float]]", true)]
    [InlineData("Tensor", false)]
    [InlineData("Dict[str, Tuple[int, Tensor]]", false)]
    public void A_type_without_a_tensor_is_static(string text, bool isStatic) =>
        Assert.Equal(isStatic, TorchType.Parse(text).IsStatic);

    [Theory]
    [InlineData("")]
    [InlineData("List[")]
    [InlineData("List[]")]
    [InlineData("List[int, int]")]
    [InlineData("Tensor]")]
    [InlineData("Tensor[int]")]
    [InlineData("Dict[str]")]
    [InlineData("Optional")]
    public void What_is_no_annotation_is_refused(string text) =>
        Assert.Throws<FormatException>(() => TorchType.Parse(text));

    [Fact]
    public void An_annotation_nested_without_end_is_refused_before_the_stack_is() =>
        Assert.Throws<FormatException>(() => TorchType.Parse(string.Concat(Enumerable.Repeat("List[", 100_000))));
}
