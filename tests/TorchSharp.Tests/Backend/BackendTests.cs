using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Functions;
using Torch2Jax.Torch;
using Torch2Jax.Transforms;
using Torch2Jax.Trees;

namespace Torch2Jax.TorchSharp.Tests.Backend;

/// <summary>What is this backend's own; the engine's tests and the golden cases run on it too (docs/torchsharp.md).</summary>
public sealed class BackendTests(BackendFixture fixture) : IClassFixture<BackendFixture>
{
    [Fact]
    public void A_source_that_does_not_compile_is_an_error_and_the_process_goes_on()
    {
        for (int i = 0; i < 3; i++)
        {
            var error = Assert.Throws<EngineException>(() =>
                fixture.Backend.Compile("def f(x: Tensor) -> Tensor:\n    return torch.nosuch(x)\n", null)
            );
            Assert.Equal(ErrorCode.InvalidSource, error.Code);
            Assert.Contains("aten::nosuch", error.Message);
        }

        using ICompiledFunction function = fixture.Backend.Compile("def f(x: Tensor) -> Tensor:\n    return x\n", null);
        Assert.Equal("f(x: Tensor) -> Tensor", function.Schema.ToString());
    }

    [Theory]
    [InlineData("x", "Tensor")]
    [InlineData("x, [x]", "Tuple[Tensor, List[Tensor]]")]
    [InlineData("{'a': x}", "Dict[str, Tensor]")]
    public void A_result_without_annotation_is_asked_of_the_compiler(string expression, string type)
    {
        using ICompiledFunction function = fixture.Backend.Compile($"def f(x):\n    return {expression}\n", null);
        Assert.Equal(type, function.Schema.Returns.ToString());
    }

    [Fact]
    public async Task An_operator_without_a_derivative_is_an_error_and_the_process_goes_on()
    {
        // Its derivative exists, that derivative's does not.
        string source =
            "def f(x: Tensor) -> Tensor:\n    return torch.cdist(x.view(2, 1), x.view(2, 1), p=1.5).sum()\n";
        float[][] once = await fixture.Call(source, Invoke(new Grad()));
        Assert.Equal(2, once[0].Length);
        var error = await Assert.ThrowsAsync<EngineException>(() => fixture.Call(source, Invoke(new Hessian())));
        Assert.Contains("not implemented", error.Message);
    }

    [Fact]
    public async Task A_vectorized_vmap_runs_as_a_loop_and_says_so()
    {
        await using var service = new FunctionService(fixture.Backend, new Torch2Jax.Tests.Functions.MemoryRegistry());
        await service.RegisterAsync(
            new RegistrationRequest("fn", "def f(x: Tensor) -> Tensor:\n    return x.sin().sum()\n")
        );
        JaxFunction function = await service.GetAsync("fn");
        using InvocationResult result = function.Invoke(Invoke(new Vmap() with { Method = VmapMethods.Vectorized }));
        Assert.Equal(MathF.Sin(2), result.Outputs.Leaves[0].AsSpan<float>()[1], 6);
        Assert.Contains(
            result.Warnings,
            warning => warning.Contains("once for each of 2 elements", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task A_seed_gives_the_same_numbers_again()
    {
        string source = "def f(x: Tensor) -> Tensor:\n    return x + torch.rand_like(x)\n";
        float[][] first = await fixture.Call(source, Invoke() with { Seed = 7 });
        float[][] second = await fixture.Call(source, Invoke() with { Seed = 7 });
        float[][] other = await fixture.Call(source, Invoke() with { Seed = 8 });
        Assert.Equal(first[0], second[0]);
        Assert.NotEqual(first[0], other[0]);
    }

    [Fact]
    public void A_device_that_is_not_there_is_named()
    {
        using ITorchProgram program = Identity();
        using NDArray x = NDArray.FromArray<float>([1], 1);
        var error = Assert.Throws<EngineException>(() => program.Run([x], new RunOptions("cuda:9")));
        Assert.Equal(ErrorCode.InvalidDevice, error.Code);
        Assert.Equal("cpu", fixture.Backend.Devices[0].Name);
    }

    [Fact]
    public void Nothing_stays_alive_after_calls()
    {
        using ITorchProgram program = Identity("G value=1 aux=0 leaves=0\n", "(x * x).sum()");
        using NDArray x = NDArray.FromArray<float>([1, 2], 2);
        Run(program, x);
        long before = fixture.Backend.Counters.Tensors;
        for (int i = 0; i < 20; i++)
        {
            Run(program, x);
        }

        Assert.Equal(before, fixture.Backend.Counters.Tensors);
    }

    [Fact]
    public void The_method_of_an_archive_is_called()
    {
        byte[] archive = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "goldens", "digits_mlp.pt"));
        using ICompiledFunction function = fixture.Backend.LoadArchive(archive, "forward", functional: false);
        using ITorchProgram program = function.CreateProgram("*0;", "");
        using NDArray x = NDArray.Allocate(DType.Float32, 3, 64);
        x.Bytes.Clear();
        ProgramResult result = program.Run([x], default);
        Assert.Equal([3, 10], result.Outputs[0].Shape.ToArray());
        result.Outputs[0].Dispose();

        var error = Assert.Throws<EngineException>(() =>
            fixture.Backend.LoadArchive(archive, "forward", functional: true)
        );
        Assert.Equal(ErrorCode.InvalidSource, error.Code);
    }

    private static Invocation Invoke(params Transform[] transforms) =>
        new([BackendFixture.F32(1, 2)]) { Transforms = transforms };

    private static void Run(ITorchProgram program, NDArray x)
    {
        foreach (NDArray output in program.Run([x], default).Outputs)
        {
            output.Dispose();
        }
    }

    private ITorchProgram Identity(string transforms = "", string expression = "x")
    {
        using ICompiledFunction function = fixture.Backend.Compile(
            $"def f(x: Tensor) -> Tensor:\n    return {expression}\n",
            null
        );
        return function.CreateProgram("*0;", transforms);
    }
}
