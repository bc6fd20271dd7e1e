using Torch2Jax.Arrays;
using Torch2Jax.Torch;
using Torch2Jax.Trees;

namespace Torch2Jax.Tests.Torch;

/// <summary>Every golden function through libtorch: its schema, results, structure, and inputs left alone.</summary>
[Collection(NativeCollection.Name)]
public sealed class NativeForwardTests
{
    public static TheoryData<string> Names => [.. GoldenFunction.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Results_are_the_recorded_ones_and_inputs_stay_as_they_were(string name)
    {
        GoldenFunction golden = GoldenFunction.Of(name);
        using var arrays = new NativeFixture.Arrays(golden.ArraysFile);
        using ICompiledFunction function = NativeFixture.Backend.Compile(golden.Source, golden.Entry);
        BoundArguments bound = function.Bind(golden, arrays);
        NDArray[] inputs = [.. bound.Leaves.Cast<NDArray>()];
        byte[][] before = [.. inputs.Select(input => input.Bytes.ToArray())];
        using ITorchProgram program = function.CreateProgram(bound.Code, "");

        ProgramResult first = program.Run(inputs, default);
        CheckOutputs(golden, arrays, first.Outputs);
        Assert.Equal(golden.OutTreeDef, first.FunctionStructure.ToString());
        Assert.Equal(first.Outputs.Select(output => output.Dtype), first.FunctionDtypes);
        Assert.Empty(first.Warnings);

        NDArray[] outputs = [.. first.Outputs.Select(output => NDArray.Allocate(output.Aval))];
        for (int call = 0; call < 3; call++) // the executor may specialise after the first calls
        {
            program.RunInto(inputs, outputs, default);
            CheckOutputs(golden, arrays, outputs);
        }
        Assert.Equal(before, inputs.Select(input => input.Bytes.ToArray()));
        Array.ForEach([.. first.Outputs, .. outputs], output => output.Dispose());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_compiled_schema_is_that_of_the_source(string name)
    {
        GoldenFunction golden = GoldenFunction.Of(name);
        using ICompiledFunction function = NativeFixture.Backend.Compile(golden.Source, golden.Entry);
        Assert.Equal(SourceSignature.Parse(golden.Source, golden.Entry).ToString(), function.Schema.ToString());
    }

    private static void CheckOutputs(GoldenFunction golden, NativeFixture.Arrays arrays, IReadOnlyList<NDArray> outputs)
    {
        PyTree<IArgumentLeaf> want = GoldenFunction.ReadTree(golden.Outputs, arrays.Read);
        Assert.Equal(want.Leaves.Count, outputs.Count);
        for (int i = 0; i < outputs.Count; i++)
        {
            var expected = (NDArray)want.Leaves[i];
            string dtype = outputs[i].Dtype.Name();
            string seenByJax = golden.Is64Bit ? dtype : dtype.Replace("64", "32", StringComparison.Ordinal);
            Assert.Equal(expected.Dtype.Name(), seenByJax);
            Closeness.Check(outputs[i], expected, golden.Rtol, golden.Atol);
        }
    }
}
