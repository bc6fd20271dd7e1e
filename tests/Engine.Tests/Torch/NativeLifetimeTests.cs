using Torch2Jax.Arrays;
using Torch2Jax.Torch;

namespace Torch2Jax.Tests.Torch;

/// <summary>Disposing of what another thread is using ends in an exception there or in its result, never in freed memory.</summary>
[Collection(NativeCollection.Name)]
public sealed class NativeLifetimeTests
{
    [Fact]
    public async Task A_program_disposed_of_during_a_call_lives_until_the_call_ends()
    {
        const string Source =
            "def fn(x: Tensor) -> Tensor:\n    for i in range(2000):\n        x = x * 1.0\n    return x\n";
        for (int i = 0; i < 20; i++)
        {
            ITorchProgram program = NativeFixture.Program(Source, 1);
            Task<float[]> call = Task.Run(() => program.Run([1f, 2f]));
            Thread.Yield();
            program.Dispose();
            try
            {
                Assert.Equal((float[])[1f, 2f], await call);
            }
            catch (ObjectDisposedException)
            {
                // disposed of before the call began
            }
        }
    }

    [Fact]
    public async Task An_array_disposed_of_during_a_call_is_not_given_to_anybody_else_before_the_call_ends()
    {
        using ITorchProgram program = NativeFixture.Expression(
            "torch.sin(x) * 0.0 + torch.cos(x) * 0.0 + torch.exp(x * 0.0) * x",
            "x"
        );
        for (int i = 0; i < 50; i++)
        {
            NDArray x = NDArray.Allocate(DType.Float32, 100_000);
            x.AsSpan<float>().Fill(1);
            Task<NDArray> call = Task.Run(() => program.Run([x], default).Outputs[0]);
            Thread.Yield();
            x.Dispose();
            using NDArray other = NDArray.Allocate(DType.Float32, 100_000); // the pool would hand out the same block
            other.AsSpan<float>().Fill(7);
            try
            {
                using NDArray result = await call;
                Assert.Equal(-1, result.AsSpan<float>().IndexOfAnyExcept(1f));
            }
            catch (ObjectDisposedException)
            {
                // disposed of before the call began
            }
        }
    }

    [Fact]
    public void A_program_outlives_the_object_of_its_function()
    {
        ICompiledFunction function = NativeFixture.Backend.Compile(
            "def fn(x: Tensor) -> Tensor:\n    return x * 2.0\n",
            null
        );
        ITorchProgram program = function.CreateProgram("*0;", "");
        function.Dispose();
        Assert.Throws<ObjectDisposedException>(() => function.CreateProgram("*0;", ""));
        Assert.Equal([4f], program.Run([2f]));
        program.Dispose();
        program.Dispose();
    }
}
