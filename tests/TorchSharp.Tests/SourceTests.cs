using Torch2Jax.Errors;
using Torch2Jax.TorchSharp.Sources;

namespace Torch2Jax.TorchSharp.Tests;

/// <summary>A source of PyTorch users becomes one that TorchSharp's compiler knows the names of.</summary>
public sealed class SourceTests
{
    [Theory]
    [InlineData("x.to(torch.float64)", "x.to(7)")]
    [InlineData("torch.float(x)", "torch.float(x)")]
    [InlineData("torch.clamp(x, 0, torch.inf)", "torch.clamp(x, 0, float('inf'))")]
    [InlineData("x * math.sqrt(2.0)", "x * torch.sqrt(2.0)")]
    [InlineData("x * math.pi", "x * 3.141592653589793")]
    [InlineData("torch.linalg.norm(x)", "torch.linalg_norm(x)")]
    [InlineData("torch.nn.functional.conv2d(x, x)", "torch.conv2d(x, x)")]
    [InlineData("F.relu(x)", "t2j_F_relu(x)")]
    [InlineData("'torch.float64 # F.relu'", "'torch.float64 # F.relu'")]
    public void Names_of_PyTorch_become_names_of_ATen_or_of_the_prelude(string written, string compiled)
    {
        string text = Read($"def f(x: Tensor) -> Tensor:\n    return {written}\n");
        Assert.Contains($"    return {compiled}\n", text);
    }

    [Fact]
    public void Imports_decorators_and_docstrings_go_and_lines_stay_where_they_are()
    {
        string text = Read(
            "\"\"\"Two lines\nof a text.\"\"\"\nimport torch\nfrom torch.nn import (\n    functional as G,\n)\n\n@torch.jit.script\n"
                + "def f(x: Tensor) -> Tensor:\n    import math\n    return G.relu6(x)\n"
        );
        string[] lines = text.Split('\n');
        Assert.Equal("def f(x: Tensor) -> Tensor:", lines[8]);
        Assert.Equal("    pass", lines[9]);
        Assert.Equal("    return t2j_F_relu6(x)", lines[10]);
        Assert.All(lines[..8], Assert.Empty);
    }

    [Fact]
    public void A_function_of_the_prelude_brings_those_that_it_calls()
    {
        string text = Read("def f(x: Tensor) -> Tensor:\n    return F.softmax(x, -1)\n");
        Assert.Contains("def t2j_F_softmax(input: Tensor", text);
        Assert.Contains("def t2j_F__softmax_dim(rank: int)", text);
    }

    [Fact]
    public void The_native_librarys_rules_and_prelude_are_found()
    {
        Assert.True(RefusedNames.Count > 80, $"{RefusedNames.Count} rules");
        Assert.True(Prelude.Count > 90, $"{Prelude.Count} functions");
    }

    [Theory]
    [InlineData("torch.from_file('a')")]
    [InlineData("torch.save(x, 'a')")]
    [InlineData("x.set_(x)")]
    [InlineData("torch.manual_seed(1)")]
    [InlineData("torch.ops.aten.from_file('a')")]
    [InlineData("getattr(torch, 'save')(x)")]
    [InlineData("torch._cudnn_rnn(x)")]
    public void What_reaches_outside_the_computation_is_refused(string expression)
    {
        var error = Assert.Throws<EngineException>(() =>
            Read($"def f(x: Tensor) -> Tensor:\n    return {expression}\n")
        );
        Assert.Equal(ErrorCode.ForbiddenOperator, error.Code);
        Assert.Contains("(line 2)", error.Message);
    }

    [Theory]
    [InlineData("(((((")]
    [InlineData("x + ")]
    [InlineData("not ")]
    public void What_would_overflow_the_compilers_stack_is_refused(string part)
    {
        string deep = string.Concat(Enumerable.Repeat(part, 600)) + "x";
        var error = Assert.Throws<EngineException>(() => Read($"def f(x: Tensor) -> Tensor:\n    return {deep}\n"));
        Assert.Equal(ErrorCode.InvalidSource, error.Code);
    }

    [Fact]
    public void A_long_function_of_short_statements_is_none_of_that()
    {
        string lines = string.Concat(Enumerable.Repeat("    x = x + (x * 2)\n", 2000));
        Assert.Contains("return x", Read($"def f(x: Tensor) -> Tensor:\n{lines}    return x\n"));
    }

    [Theory]
    [InlineData("return torch.randn(3)", true, false, false)]
    [InlineData("return x.bernoulli_()", true, true, false)]
    [InlineData("x[0] = 1\n    return x", false, true, false)]
    [InlineData("x += 1\n    return x", false, true, false)]
    [InlineData("y = x == 1\n    return y", false, false, false)]
    [InlineData("return torch.nonzero(x)", false, false, true)]
    [InlineData("while bool(x > 1):\n        x = x / 2\n    return x", false, false, false)]
    public void The_text_tells_what_a_function_may_do(string body, bool random, bool mutates, bool needsData)
    {
        PreparedSource source = PreparedSource.Read($"def f(x: Tensor) -> Tensor:\n    {body}\n", null);
        Assert.Equal(random, source.IsRandom);
        Assert.Equal(mutates, source.Mutates);
        Assert.Equal(needsData, source.NeedsData is not null);
    }

    private static string Read(string source) => PreparedSource.Read(source, null).Text;
}
