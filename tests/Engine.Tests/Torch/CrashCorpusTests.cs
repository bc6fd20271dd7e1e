using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Torch;

namespace Torch2Jax.Tests.Torch;

/// <summary>
/// What libtorch 1.13 does to a process that calls it plainly (docs/architecture.md, "What libtorch itself does"): each
/// line ended a process, or changed the next caller's results, before the native layer guarded it.
/// </summary>
[Collection(NativeCollection.Name)]
public sealed class CrashCorpusTests
{
    [Theory]
    [MemberData(nameof(CrashCorpus.Divisions), MemberType = typeof(CrashCorpus))]
    public void The_smallest_integer_over_minus_one_does_not_trap(string expression)
    {
        using ITorchProgram program = NativeFixture.Expression(expression, "x", "y");
        using NDArray x = NDArray.FromArray([long.MinValue], 1);
        using NDArray y = NDArray.FromArray([-1L], 1);
        using NDArray quotient = program.Run([x, y], default).Outputs[0];
        Assert.Equal(DType.Int64, quotient.Dtype);
    }

    [Theory]
    [MemberData(nameof(CrashCorpus.OutsideMemory), MemberType = typeof(CrashCorpus))]
    public void Indices_that_lead_outside_memory_are_an_error_of_the_function(string expression)
    {
        ErrorCode code = CodeOf(() =>
        {
            using ITorchProgram program = NativeFixture.Expression(expression, "x");
            using NDArray x = NDArray.FromArray([1f, 2, 3], 1, 1, 3);
            program.Run([x], default);
        });
        Assert.Equal(ErrorCode.ExecutionFailed, code);
        AssertWorks();
    }

    [Theory]
    [MemberData(nameof(CrashCorpus.OutsideTheComputation), MemberType = typeof(CrashCorpus))]
    public void Operators_that_reach_outside_the_computation_are_refused_before_they_run(string expression)
    {
        ErrorCode code = CodeOf(() => NativeFixture.Expression(expression, "x").Dispose());
        Assert.Contains(code, (ErrorCode[])[ErrorCode.ForbiddenOperator, ErrorCode.InvalidSource]);
        Assert.False(File.Exists("/tmp/torch2jax-must-not-exist"));
    }

    [Fact]
    public void Nested_parentheses_and_long_expressions_do_not_overflow_the_stack()
    {
        string[] expressions =
        [
            new string('(', 20_000) + "x" + new string(')', 20_000),
            string.Join(" + ", Enumerable.Repeat("x", 50_000)),
            new string('-', 50_000) + "x",
            string.Concat(Enumerable.Repeat("torch.sin(", 20_000)) + "x" + new string(')', 20_000),
            "x" + string.Concat(Enumerable.Repeat("[0]", 50_000)),
            "x" + string.Concat(Enumerable.Repeat(".t()", 50_000)),
            string.Concat(Enumerable.Repeat("not ", 50_000)) + "x",
            string.Concat(Enumerable.Repeat("x if x else ", 50_000)) + "x",
        ];
        foreach (string expression in expressions)
        {
            Assert.Equal(ErrorCode.InvalidSource, CodeOf(() => NativeFixture.Expression(expression, "x").Dispose()));
        }
        AssertWorks();
    }

    [Fact]
    public void Blocks_nested_without_end_do_not_overflow_the_stack()
    {
        var source = new System.Text.StringBuilder("def fn(x: Tensor) -> Tensor:\n");
        for (int i = 1; i < 900; i++)
        {
            source.Append(' ', i).Append("if True:\n");
        }
        source.Append(' ', 900).Append("return x\n");
        Assert.Equal(
            ErrorCode.InvalidSource,
            CodeOf(() => NativeFixture.Backend.Compile(source.ToString(), null).Dispose())
        );
    }

    [Fact]
    public void A_function_cannot_turn_gradients_off_for_the_next_caller()
    {
        const string Source =
            "def fn(x: Tensor) -> Tensor:\n    torch.set_grad_enabled(False)\n    return torch.sin(x).sum()\n";
        const string Other = "def fn(x: Tensor) -> Tensor:\n    return (x * x).sum()\n";
        Assert.Equal(ErrorCode.ForbiddenOperator, CodeOf(() => NativeFixture.Program(Source, 1).Dispose()));
        using ITorchProgram gradient = NativeFixture.Program(Other, 1, "G value=0 aux=0 leaves=0\n");
        Assert.Equal([2f, 4f], gradient.Run([1f, 2f]));
    }

    [Theory]
    [InlineData("torch.manual_seed(1)")]
    [InlineData("torch.seed()")]
    public void A_function_cannot_reseed_everybody(string statement)
    {
        string source = $"def fn(x: Tensor) -> Tensor:\n    {statement}\n    return torch.rand_like(x)\n";
        ErrorCode code = CodeOf(() => NativeFixture.Program(source, 1).Dispose());
        Assert.Contains(code, (ErrorCode[])[ErrorCode.ForbiddenOperator, ErrorCode.InvalidSource]);
    }

    [Theory]
    [MemberData(nameof(CrashCorpus.Unwritten), MemberType = typeof(CrashCorpus))]
    public void Memory_that_was_never_written_is_not_another_callers_data(string expression)
    {
        using ITorchProgram writer = NativeFixture.Expression("x + 1.0", "x");
        using ITorchProgram reader = NativeFixture.Expression(expression, "x");
        float[] zeros = new float[100_000];
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(1f, writer.Run(zeros)[0]);
            Assert.All(reader.Run(zeros), value => Assert.Equal(0f, value));
        }
    }

    [Fact]
    public void What_a_function_prints_goes_to_the_log()
    {
        const string Source = "def fn(x: Tensor) -> Tensor:\n    print('léaf', x.size(0))\n    return x\n";
        using ICompiledFunction function = NativeFixture.Backend.Compile(Source, null);
        Assert.True(function.Schema.Prints);
        using ITorchProgram program = function.CreateProgram("*0;", "");
        NativeFixture.Backend.TakeLog();
        program.Run([1f, 2f]);
        Assert.Equal("léaf 2\n", NativeFixture.Backend.TakeLog());
        Assert.Equal("", NativeFixture.Backend.TakeLog());
    }

    [Fact]
    public void A_loop_without_end_stops_at_the_deadline()
    {
        const string Source = "def fn(x: Tensor) -> Tensor:\n    while True:\n        x = x + 1.0\n    return x\n";
        using ITorchProgram program = NativeFixture.Program(Source, 1);
        using NDArray x = NDArray.FromArray([1f], 1);
        Assert.Equal(ErrorCode.ExecutionFailed, CodeOf(() => program.Run([x], new RunOptions(TimeoutMs: 200))));
        AssertWorks();
    }

    [Theory]
    [MemberData(nameof(CrashCorpus.BeyondMemory), MemberType = typeof(CrashCorpus))]
    public void Memory_beyond_the_calls_limit_is_an_error_of_the_function(string expression)
    {
        using ITorchProgram program = NativeFixture.Expression(expression, "x");
        using NDArray x = NDArray.FromArray([1f], 1);
        ErrorCode code = CodeOf(() => program.Run([x], new RunOptions(MaxBytes: 1 << 20)));
        Assert.Equal(ErrorCode.ExecutionFailed, code);
        AssertWorks();
    }

    // libtorch folds constants while it compiles: these would loop without end, or fill the memory, before any check.
    [Theory]
    [MemberData(nameof(CrashCorpus.WithoutEnd), MemberType = typeof(CrashCorpus))]
    public void Text_methods_that_may_not_end_are_not_known(string expression)
    {
        Assert.Equal(ErrorCode.InvalidSource, CodeOf(() => NativeFixture.Expression(expression, "x").Dispose()));
        AssertWorks();
    }

    private static ErrorCode CodeOf(Action action) => Assert.ThrowsAny<EngineException>(action).Code;

    private static void AssertWorks()
    {
        using ITorchProgram program = NativeFixture.Expression("x + 1.0", "x");
        Assert.Equal([2f], program.Run([1f]));
    }
}
