using Torch2Jax.Arrays;
using Torch2Jax.Tests.Torch;
using Torch2Jax.Torch;

namespace Torch2Jax.Isolation.Tests;

/// <summary>Every golden function in a worker gives the bytes that it gives in this process.</summary>
public sealed class GoldenTests(PoolFixture pool) : IClassFixture<PoolFixture>
{
    public static TheoryData<string> Names => [.. GoldenFunction.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_worker_gives_the_same_bytes_structure_and_shapes(string name)
    {
        GoldenFunction golden = GoldenFunction.Of(name);
        using var arrays = new NativeFixture.Arrays(golden.ArraysFile);
        using ICompiledFunction here = NativeFixture.Backend.Compile(golden.Source, golden.Entry);
        using ICompiledFunction there = pool.Backend.Compile(golden.Source, golden.Entry);
        Assert.Equal(here.Schema.ToString(), there.Schema.ToString());
        BoundArguments bound = here.Bind(golden, arrays);
        NDArray[] inputs = [.. bound.Leaves.Cast<NDArray>()];
        byte[][] before = [.. inputs.Select(input => input.Bytes.ToArray())];
        using ITorchProgram near = here.CreateProgram(bound.Code, "");
        using ITorchProgram far = there.CreateProgram(bound.Code, "");
        Assert.Equal(near.InputCount, far.InputCount);

        var options = new RunOptions(Seed: 7);
        ProgramResult want = near.Run(inputs, options);
        ProgramResult got = far.Run(inputs, options);
        Same(want.Outputs, got.Outputs);
        Assert.Equal(want.FunctionStructure.ToString(), got.FunctionStructure.ToString());
        Assert.Equal(want.FunctionDtypes, got.FunctionDtypes);
        Assert.Equal(want.Warnings, got.Warnings);

        NDArray[] outputs = [.. want.Outputs.Select(output => NDArray.Allocate(output.Aval))];
        far.RunInto(inputs, outputs, options);
        Same(want.Outputs, outputs);
        Assert.Equal(before, inputs.Select(input => input.Bytes.ToArray()));
        SameShapes(near, far, [.. inputs.Select(input => input.Aval)]);
        want.Dispose();
        got.Dispose();
        Array.ForEach(outputs, output => output.Dispose());
    }

    private static void SameShapes(ITorchProgram near, ITorchProgram far, ShapeDtypeStruct[] inputs)
    {
        string Shapes(ITorchProgram program)
        {
            try
            {
                InferredResult inferred = program.Infer(inputs, allowZeros: true, new RunOptions(TimeoutMs: 300));
                return $"{string.Join(", ", inferred.Outputs)} {inferred.FunctionStructure} {inferred.OnZeros}";
            }
            catch (Errors.EngineException error) when (error.Message.Contains("time", StringComparison.Ordinal))
            {
                return "loops on zeros";
            }
            catch (Errors.EngineException error)
            {
                return $"{error.Code}: {error.Message}";
            }
        }

        Assert.Equal(Shapes(near), Shapes(far));
    }

    private static void Same(IReadOnlyList<NDArray> want, IReadOnlyList<NDArray> got)
    {
        Assert.Equal(want.Select(array => array.ToString()), got.Select(array => array.ToString()));
        for (int i = 0; i < want.Count; i++)
        {
            Assert.True(want[i].Bytes.SequenceEqual(got[i].Bytes), $"output {i} has other bytes");
        }
    }
}
