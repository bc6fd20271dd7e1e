using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Functions;
using Torch2Jax.Torch;
using Torch2Jax.Trees;

namespace Torch2Jax.Tests.Functions;

/// <summary>A service over the real libtorch, and short ways to register and call.</summary>
internal sealed class ServiceFixture : IAsyncDisposable
{
    public ServiceFixture(MemoryRegistry? registry = null, FunctionServiceOptions? options = null)
    {
        Registry = registry ?? new MemoryRegistry();
        Service = new FunctionService(Backend, Registry, options);
    }

    public static ITorchBackend Backend { get; } = TorchBackends.Create();

    public MemoryRegistry Registry { get; }

    public FunctionService Service { get; }

    public const string Add = "def fn(x: Tensor, y: Tensor) -> Tensor:\n    return x + y\n";

    public const string Nonzero = "def fn(x: Tensor) -> Tensor:\n    return torch.nonzero(x)\n";

    public static PyTree<IArgumentLeaf> Shape(DType dtype, params long[] shape) =>
        PyTree.Leaf<IArgumentLeaf>(new ShapeDtypeStruct(dtype, shape));

    public static PyTree<IArgumentLeaf> F32(params float[] values) =>
        PyTree.Leaf<IArgumentLeaf>(NDArray.FromArray(values, values.Length));

    public static PyTree<OutputShapeLeaf> Output(DType? dtype, params long[] shape) =>
        PyTree.Leaf(new OutputShapeLeaf(dtype, [.. shape]));

    /// <summary>Registers and gives the function.</summary>
    public async Task<JaxFunction> Register(RegistrationRequest request)
    {
        await Service.RegisterAsync(request);
        return await Service.GetAsync(request.Name);
    }

    public Task<JaxFunction> Register(string name, string source) => Register(new RegistrationRequest(name, source));

    /// <summary>Waits until something holds; changes of the registry are followed in the background.</summary>
    public static async Task Until(Func<Task<bool>> holds)
    {
        for (int i = 0; i < 500; i++)
        {
            if (await holds())
            {
                return;
            }
            await Task.Delay(10);
        }
        Assert.Fail("It did not come true within five seconds.");
    }

    public static EngineException Throws(ErrorCode code, Action action)
    {
        EngineException error = Assert.Throws<EngineException>(action);
        Assert.Equal(code, error.Code);
        return error;
    }

    public static async Task<EngineException> ThrowsAsync(ErrorCode code, Func<Task> action)
    {
        EngineException error = await Assert.ThrowsAsync<EngineException>(action);
        Assert.Equal(code, error.Code);
        return error;
    }

    public ValueTask DisposeAsync() => Service.DisposeAsync();
}

/// <summary>Tests that count native handles run alone: the counters are the process's.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class CountedCollection
{
    public const string Name = "functions count native handles";
}

/// <summary>Short ways to call.</summary>
internal static class Calls
{
    public static InvocationResult Call(this JaxFunction function, params PyTree<IArgumentLeaf>[] args) =>
        function.Invoke(new Invocation(args));

    /// <summary>Calls and gives what the cache knew.</summary>
    public static CacheOutcome Outcome(this JaxFunction function, params PyTree<IArgumentLeaf>[] args)
    {
        using InvocationResult result = function.Call(args);
        return result.Cache;
    }

    public static float[] Floats(this PyTree<NDArray> tree) => tree.Leaves[0].AsSpan<float>().ToArray();
}
