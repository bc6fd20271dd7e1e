using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Torch;

namespace Torch2Jax.Tests.Torch;

[Collection(NativeCollection.Name)]
public sealed class NativeSourceTests
{
    [Fact]
    public void Source_that_does_not_compile_is_refused_with_its_line()
    {
        EngineException error = Compile("def fn(x: Tensor) -> Tensor:\n    y = x + 1\n    return y +* 2\n", null);
        Assert.Equal(ErrorCode.InvalidSource, error.Code);
        Assert.Contains("return y +* 2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_that_does_not_exist_is_refused_by_name()
    {
        EngineException error = Compile("def fn(x: Tensor) -> Tensor:\n    return torch.sinus(x)\n", null);
        Assert.Equal(ErrorCode.InvalidSource, error.Code);
        Assert.Contains("sinus", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("def fn(x: Tensor) -> Tensor:\n    return x\n", "other")]
    [InlineData("def f(x: Tensor) -> Tensor:\n    return x\n\ndef g(x: Tensor) -> Tensor:\n    return x\n", null)]
    [InlineData("", null)]
    [InlineData("# nothing\n", null)]
    public void An_entry_that_is_not_there_or_not_clear_is_refused(string source, string? entry) =>
        Assert.Equal(ErrorCode.InvalidSource, Compile(source, entry).Code);

    [Fact]
    public void Text_with_NUL_or_a_lone_surrogate_is_malformed()
    {
        const string Good = "def fn(x: Tensor) -> Tensor:\n    return x #";
        Assert.Equal(ErrorCode.MalformedRequest, Compile(Good + '\0', null).Code);
        Assert.Equal(ErrorCode.MalformedRequest, Compile(Good + '\ud800', null).Code);
        Assert.Equal(ErrorCode.MalformedRequest, Compile(Good, "fn\ud800").Code);
    }

    [Fact]
    public void A_source_beyond_a_mebibyte_is_too_large() =>
        Assert.Equal(
            ErrorCode.PayloadTooLarge,
            Compile("def fn(x: Tensor) -> Tensor:\n    return x\n#" + new string('x', 1 << 20), null).Code
        );

    [Fact]
    public void A_function_that_raises_gives_its_message_and_its_line()
    {
        const string Source =
            "def fn(x: Tensor) -> Tensor:\n    if x.size(0) < 6:\n        raise ValueError('at least six rows')\n    return x\n";
        using ITorchProgram program = NativeFixture.Program(Source, 1);
        var error = Assert.Throws<EngineException>(() => program.Run([1f]));
        Assert.Equal(ErrorCode.ExecutionFailed, error.Code);
        Assert.Contains("at least six rows", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(".cpp", error.Message, StringComparison.Ordinal);
        Assert.Equal(6, program.Run(new float[6]).Length);
    }

    [Fact]
    public void An_operator_that_fails_gives_its_message_without_internals()
    {
        using ITorchProgram program = NativeFixture.Expression("torch.mm(x, x)", "x");
        using NDArray x = NDArray.FromArray([1f, 2, 3, 4, 5, 6], 2, 3);
        var error = Assert.Throws<EngineException>(() => program.Run([x], default));
        Assert.Equal(ErrorCode.ExecutionFailed, error.Code);
        Assert.Contains(
            "mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)",
            error.Message,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("c10::", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("/usr/", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_result_that_is_no_array_is_refused()
    {
        ErrorCode code = Assert
            .Throws<EngineException>(() =>
            {
                using ITorchProgram program = NativeFixture.Program(
                    "def fn(x: Tensor) -> Tuple[Tensor, int]:\n    return x, 3\n",
                    1
                );
                program.Run([1f]);
            })
            .Code;
        Assert.Contains(
            code,
            (ErrorCode[])
                [
                    ErrorCode.InvalidSource,
                    ErrorCode.StructureMismatch,
                    ErrorCode.OutputShapeMismatch,
                    ErrorCode.ExecutionFailed,
                ]
        );
    }

    [Fact]
    public void The_same_seed_gives_the_same_numbers_on_any_thread_and_no_seed_fresh_ones()
    {
        using ICompiledFunction function = NativeFixture.Backend.Compile(
            "def fn(x: Tensor) -> Tensor:\n    return torch.rand_like(x) + torch.dropout(x, 0.5, True)\n",
            null
        );
        Assert.True(function.Schema.IsRandom);
        using ITorchProgram program = function.CreateProgram("*0;", "");
        float[] expected = Draw(program, 7);
        float[][] drawn = new float[64][];
        Parallel.For(0, drawn.Length, i => drawn[i] = Draw(program, i % 2 == 0 ? 7 : null));
        Assert.All(drawn.Where((_, i) => i % 2 == 0), numbers => Assert.Equal(expected, numbers));
        Assert.Equal(32, drawn.Where((_, i) => i % 2 == 1).Select(numbers => numbers[0]).Distinct().Count());
    }

    private static float[] Draw(ITorchProgram program, long? seed)
    {
        using NDArray x = NDArray.FromArray(new float[16], 16);
        using NDArray numbers = program.Run([x], new RunOptions(Seed: seed)).Outputs[0];
        return numbers.AsSpan<float>().ToArray();
    }

    private static EngineException Compile(string source, string? entry) =>
        Assert.Throws<EngineException>(() => NativeFixture.Backend.Compile(source, entry).Dispose());
}
