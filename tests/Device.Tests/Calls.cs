using Torch2Jax.Arrays;
using Torch2Jax.Conformance.Transports;
using Torch2Jax.Functions;
using Torch2Jax.Sharding;
using Torch2Jax.Transforms;
using Torch2Jax.Trees;

namespace Torch2Jax.Device;

/// <summary>Short ways to register and to call on a device.</summary>
internal static class Calls
{
    public static async Task<JaxFunction> FunctionAsync(
        this ServiceFixture service,
        string name,
        string source,
        string? entry = null
    )
    {
        await service.Engine.RegisterAsync(new RegistrationRequest(name, source, Entry: entry));
        return await service.Engine.GetAsync(name);
    }

    public static InvocationResult On(this JaxFunction function, string? device, params NDArray[] args) =>
        function.Invoke(CallOn(device, args));

    public static Invocation CallOn(string? device, params NDArray[] args) =>
        new([.. args.Select(array => PyTree.Leaf<IArgumentLeaf>(array))], Device: device);

    public static NDArray Floats(params float[] values) => NDArray.FromArray(values, values.Length);

    public static NDArray Longs(params long[] values) => NDArray.FromArray(values, values.Length);

    /// <summary>1, 2, 3... in so many floats.</summary>
    public static NDArray Counting(int count)
    {
        var array = NDArray.Allocate(DType.Float32, count);
        var values = array.AsSpan<float>();
        for (var i = 0; i < count; i++)
        {
            values[i] = i % 1000;
        }

        return array;
    }

    public static float[] Values(this InvocationResult result, int leaf = 0) =>
        result.Outputs.Leaves[leaf].AsSpan<float>().ToArray();
}
