using Torch2Jax.Arrays;
using Torch2Jax.Functions;
using Torch2Jax.Tests.Functions;
using Torch2Jax.Trees;

namespace Torch2Jax.TorchSharp.Tests.Backend;

/// <summary>The real TorchSharp under the engine's facade.</summary>
public sealed class BackendFixture : IDisposable
{
    public TorchSharpBackend Backend { get; } = TorchSharpBackend.Create();

    public void Dispose() => Backend.Dispose();

    public static PyTree<IArgumentLeaf> F32(params float[] values) =>
        PyTree.Leaf<IArgumentLeaf>(NDArray.FromArray(values, values.Length));

    /// <summary>Registers a source and calls it once with transforms.</summary>
    public async Task<float[][]> Call(string source, Invocation invocation)
    {
        await using var service = new FunctionService(Backend, new MemoryRegistry());
        await service.RegisterAsync(new RegistrationRequest("fn", source));
        using InvocationResult result = (await service.GetAsync("fn")).Invoke(invocation);
        return [.. result.Outputs.Leaves.Select(leaf => leaf.AsSpan<float>().ToArray())];
    }
}
