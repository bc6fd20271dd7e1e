using Torch2Jax.Arrays;
using Torch2Jax.Isolation;
using Torch2Jax.Tests.Torch;
using Torch2Jax.Torch;

namespace Torch2Jax.Isolation.Tests;

/// <summary>Pools of real workers, and short ways to call functions in them.</summary>
internal static class Workers
{
    /// <summary>A product that takes tens of seconds in one operator, which no deadline of a loop can end.</summary>
    public const string Stuck = "torch.matmul(x.expand(9000, 9000), x.expand(9000, 9000))";

    public static IsolatedTorchBackend Start(IsolationOptions? options = null) => new(NativeFixture.Backend, options);

    public static ITorchProgram Expression(this ITorchBackend backend, string expression, params string[] names)
    {
        string arguments = string.Join(", ", names.Select(name => $"{name}: Tensor"));
        return backend.Program($"def fn({arguments}) -> Tensor:\n    return {expression}\n", names.Length);
    }

    public static ITorchProgram Program(this ITorchBackend backend, string source, int inputs, string transforms = "")
    {
        using ICompiledFunction function = backend.Compile(source, null);
        return function.CreateProgram(string.Concat(Enumerable.Range(0, inputs).Select(i => $"*{i};")), transforms);
    }

    public static float[] RunOnce(this ITorchProgram program, float[] values, RunOptions options = default)
    {
        using NDArray x = NDArray.FromArray(values, values.Length);
        ProgramResult result = program.Run([x], options);
        float[] read = result.Outputs[0].AsSpan<float>().ToArray();
        result.Dispose();
        return read;
    }

    public static void Dispose(this ProgramResult result)
    {
        foreach (NDArray output in result.Outputs)
        {
            output.Dispose();
        }
    }
}
