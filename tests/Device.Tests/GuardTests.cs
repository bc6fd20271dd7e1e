using Torch2Jax.Arrays;
using Torch2Jax.Conformance.Transports;
using Torch2Jax.Errors;

namespace Torch2Jax.Device;

/// <summary>What a GPU would find out by an assertion that ends its use for the whole process is refused before.</summary>
[Collection(ServiceCollection.Name)]
public sealed class GuardTests(ServiceFixture service)
{
    [Theory]
    [InlineData("x[i]", 3)]
    [InlineData("x[i]", -4)]
    [InlineData("torch.index_select(x, 0, i)", 3)]
    [InlineData("torch.index_select(x, 0, i)", -1)]
    [InlineData("torch.gather(x, 0, i)", 3)]
    [InlineData("torch.take(x, i)", 3)]
    [InlineData("torch.take_along_dim(x, i, 0)", 3)]
    [InlineData("x.index_fill(0, i, 1.0)", 3)]
    [InlineData("x.index_add(0, i, x[:1])", 3)]
    [InlineData("x.index_copy(0, i, x[:1])", 3)]
    [InlineData("x.index_put([i], x[:1])", 3)]
    [InlineData("x.scatter(0, i, 1.0)", 3)]
    [InlineData("x.scatter_add(0, i, x[:1])", 3)]
    [InlineData("torch.nn.functional.embedding(i, x.unsqueeze(1))", 3)]
    [InlineData("torch.nn.functional.one_hot(i, 3)", 3)]
    [InlineData("torch.nn.functional.cross_entropy(x.unsqueeze(0), i)", 3)]
    [InlineData("torch.nn.functional.nll_loss(x.unsqueeze(0), i)", -2)]
    [InlineData("torch.repeat_interleave(x[:1], i)", -1)]
    public async Task An_index_out_of_range_is_refused_and_the_next_call_works(string expression, long index)
    {
        var function = await service.FunctionAsync("guarded", $"def f(x, i):\n    return {expression}\n");
        using var x = Calls.Floats(1, 2, 3);
        using var wrong = Calls.Longs(index);
        using var right = Calls.Longs(1);

        var error = Assert.ThrowsAny<EngineException>(() => function.On("cuda:0", x, wrong));
        Assert.Equal(ErrorCode.ExecutionFailed, error.Code);
        Assert.Contains(" must lie in ", error.Message, StringComparison.Ordinal);
        Assert.Contains($"but {index} is among them", error.Message, StringComparison.Ordinal);
        function.On("cuda:0", x, right).Dispose();
        Assert.ThrowsAny<EngineException>(() => function.On("cpu", x, wrong)); // by libtorch itself
    }

    [Theory]
    [InlineData("torch.nn.functional.binary_cross_entropy(x, torch.ones_like(x))", 1.5f)]
    [InlineData("torch.nn.functional.binary_cross_entropy(x, torch.ones_like(x))", float.NaN)]
    [InlineData("torch.bernoulli(x)", -0.5f)]
    [InlineData("torch.multinomial(x, 1)", -1f)]
    [InlineData("torch.multinomial(x, 1)", float.PositiveInfinity)]
    public async Task A_probability_out_of_range_is_refused_and_the_next_call_works(string expression, float value)
    {
        var function = await service.FunctionAsync("chances", $"def f(x):\n    return {expression}\n");
        using var wrong = Calls.Floats(0.5f, value);
        using var right = Calls.Floats(0.5f, 1);

        var error = Assert.ThrowsAny<EngineException>(() => function.On("cuda:0", wrong));
        Assert.Contains("probabilities must ", error.Message, StringComparison.Ordinal);
        function.On("cuda:0", right).Dispose();
    }

    [Fact]
    public async Task A_guard_looks_through_a_vectorized_batch()
    {
        var function = await service.FunctionAsync("rows", "def f(x, i):\n    return x[i]\n");
        using var x = Calls.Floats(1, 2, 3);
        using var indices = NDArray.FromArray<long>([0, 2, 1, 1], 2, 2);
        var call = Calls.CallOn("cuda:0", x, indices) with
        {
            Transforms =
            [
                Torch2Jax.Transforms.TransformReader.Read(
                    System
                        .Text.Json.JsonDocument.Parse("""[{"vmap":{"inAxes":[null,0],"method":"vectorized"}}]""")
                        .RootElement
                )[0],
            ],
        };

        using var result = function.Invoke(call);
        Assert.Equal([1, 3, 2, 2], result.Values());
        indices.AsSpan<long>()[3] = 5;
        Assert.Contains(
            "but 5 is",
            Assert.ThrowsAny<EngineException>(() => function.Invoke(call)).Message,
            StringComparison.Ordinal
        );
    }
}
