using Torch2Jax.Arrays;
using Torch2Jax.Torch;
using Torch2Jax.Trees;

namespace Torch2Jax.Tests.Torch;

/// <summary>The real libtorch, and short ways to compile and call.</summary>
internal static class NativeFixture
{
    public static ITorchBackend Backend { get; } = TorchBackends.Create();

    /// <summary>A function of tensors alone as a program without transforms.</summary>
    public static ITorchProgram Program(string source, int inputs, string transforms = "")
    {
        using ICompiledFunction function = Backend.Compile(source, null);
        return function.CreateProgram(string.Concat(Enumerable.Range(0, inputs).Select(i => $"*{i};")), transforms);
    }

    /// <summary>A one-line function of tensors.</summary>
    public static ITorchProgram Expression(string expression, params string[] names)
    {
        string arguments = string.Join(", ", names.Select(name => $"{name}: Tensor"));
        return Program($"def fn({arguments}) -> Tensor:\n    return {expression}\n", names.Length);
    }

    public static float[] Run(this ITorchProgram program, params float[][] inputs)
    {
        NDArray[] arrays = [.. inputs.Select(values => NDArray.FromArray(values, values.Length))];
        ProgramResult result = program.Run(arrays, default);
        float[] values = result.Outputs[0].AsSpan<float>().ToArray();
        foreach (NDArray array in arrays.Concat(result.Outputs))
        {
            array.Dispose();
        }
        return values;
    }

    public static BoundArguments Bind(this ICompiledFunction function, GoldenFunction golden, Arrays arrays) =>
        ArgumentBinder.Bind(function.Schema, golden.Args(arrays.Read), golden.Kwargs(arrays.Read));

    /// <summary>The arrays of one golden case; disposed of together.</summary>
    public sealed class Arrays(string file) : IDisposable
    {
        private readonly Dictionary<
            string,
            (string, System.Collections.Immutable.ImmutableArray<long>, byte[])
        > stored = NpyFile.ReadAll(file);
        private readonly List<NDArray> made = [];

        public NDArray Read(System.Text.Json.JsonElement leaf)
        {
            NDArray array = NpyFile.ToArray(
                stored[leaf.GetProperty("ref").GetString()!],
                leaf.GetProperty("dtype").GetString()!
            );
            made.Add(array);
            return array;
        }

        public void Dispose() => made.ForEach(array => array.Dispose());
    }
}
