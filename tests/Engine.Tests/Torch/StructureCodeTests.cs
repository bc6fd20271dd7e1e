using Torch2Jax.Errors;
using Torch2Jax.Torch;

namespace Torch2Jax.Tests.Torch;

public sealed class StructureCodeTests
{
    [Theory]
    [InlineData("*0;", "PyTreeDef(*)")]
    [InlineData("N", "PyTreeDef(None)")]
    [InlineData("()", "PyTreeDef(())")]
    [InlineData("(*0;)", "PyTreeDef((*,))")]
    [InlineData("[*0;N(*1;*2;)]", "PyTreeDef([*, None, (*, *)])")]
    [InlineData("{s1:a*0;s5:it's!*1;s2:é{}}", "PyTreeDef({'a': *, \"it's!\": *, 'é': {}})")]
    [InlineData("{s0:*0;s3::;(*1;}", "PyTreeDef({'': *, ':;(': *})")]
    public void The_code_of_a_result_gives_its_tree(string code, string expected) =>
        Assert.Equal(expected, StructureCode.Parse(code).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("*")]
    [InlineData("*1;")]
    [InlineData("(*0;*0;)")]
    [InlineData("(*0;")]
    [InlineData("*0;*1;")]
    [InlineData("{s1:b*0;s1:a*1;}")]
    [InlineData("{s1:a*0;s1:a*1;}")]
    [InlineData("{s1:é*0;}")]
    [InlineData("{s9:a*0;}")]
    [InlineData("i3;")]
    [InlineData("D")]
    public void A_code_that_no_result_has_is_a_fault_of_the_native_side(string code)
    {
        var error = Assert.Throws<EngineException>(() => StructureCode.Parse(code));
        Assert.Equal(ErrorCode.Internal, error.Code);
    }

    [Fact]
    public void A_code_nested_without_end_is_refused_before_the_stack_is() =>
        Assert.Throws<EngineException>(() => StructureCode.Parse(new string('(', 1_000_000)));
}
