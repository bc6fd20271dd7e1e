using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Torch;

namespace Torch2Jax.Tests.Torch;

[Collection(NativeCollection.Name)]
public sealed class NativeProgramTests
{
    [Fact]
    public void Repeated_calls_into_arrays_of_the_caller_allocate_nothing_managed()
    {
        using ITorchProgram program = NativeFixture.Expression("torch.mm(x, y) + 1.0", "x", "y");
        using NDArray x = NDArray.FromArray([1f, 2, 3, 4, 5, 6], 2, 3);
        using NDArray y = NDArray.FromArray([1f, 0, 0, 1, 1, 1], 3, 2);
        using NDArray sum = NDArray.Allocate(DType.Float32, 2, 2);
        NDArray[] inputs = [x, y];
        NDArray[] outputs = [sum];
        var options = new RunOptions("cpu", Seed: 3);
        Call(10);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Call(1000);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(0, allocated);
        Assert.Equal([5f, 6, 11, 12], sum.AsSpan<float>().ToArray());

        void Call(int times)
        {
            for (int i = 0; i < times; i++)
            {
                program.RunInto(inputs, outputs, options);
            }
        }
    }

    [Fact]
    public void More_arrays_than_the_stack_holds_allocate_nothing_managed_either()
    {
        const int Count = 200;
        using ITorchProgram program = NativeFixture
            .Backend.Compile("def fn(xs: List[Tensor]) -> Tensor:\n    return torch.cat(xs)\n", null)
            .CreateProgram("[" + string.Concat(Enumerable.Range(0, Count).Select(i => $"*{i};")) + "]", "");
        NDArray[] inputs = [.. Enumerable.Range(0, Count).Select(i => NDArray.FromArray([(float)i], 1))];
        NDArray[] outputs = [NDArray.Allocate(DType.Float32, Count)];
        program.RunInto(inputs, outputs, default);
        long before = GC.GetAllocatedBytesForCurrentThread();
        program.RunInto(inputs, outputs, default);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(Enumerable.Range(0, Count).Select(i => (float)i), outputs[0].AsSpan<float>().ToArray());
        Array.ForEach([.. inputs, .. outputs], array => array.Dispose());
    }

    [Fact]
    public void Each_output_lives_until_it_is_disposed_of_whatever_else_is_gone()
    {
        const string Source = "def fn(x: Tensor) -> Tuple[Tensor, Tensor, Tensor]:\n    return x, x + 1.0, x[:0]\n";
        ProgramResult result;
        using (ITorchProgram program = NativeFixture.Program(Source, 1))
        using (NDArray x = NDArray.FromArray([1f, 2f], 2))
        {
            result = program.Run([x], default);
            x.AsSpan<float>().Fill(9);
        }
        result.Outputs[0].Dispose();
        Assert.Equal([2f, 3f], result.Outputs[1].AsSpan<float>().ToArray());
        Assert.Equal(0, result.Outputs[2].Size);
        result.Outputs[1].Dispose();
        result.Outputs[1].Dispose();
        Assert.Throws<ObjectDisposedException>(() => result.Outputs[1].Bytes.Length);
        result.Outputs[2].Dispose();
    }

    [Fact]
    public void A_result_that_is_the_input_is_an_array_of_its_own()
    {
        using ITorchProgram program = NativeFixture.Expression("x", "x");
        using NDArray x = NDArray.FromArray([1f, 2f], 2);
        using NDArray same = program.Run([x], default).Outputs[0];
        x.AsSpan<float>().Fill(9);
        Assert.Equal([1f, 2f], same.AsSpan<float>().ToArray());
    }

    [Fact]
    public void The_number_of_arrays_is_checked()
    {
        using ITorchProgram program = NativeFixture.Expression("x + y", "x", "y");
        using NDArray x = NDArray.FromArray([1f], 1);
        var error = Assert.Throws<EngineException>(() => program.Run([x], default));
        Assert.Equal(ErrorCode.StructureMismatch, error.Code);
        Assert.Contains("takes 2 arrays, but 1 came", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_disposed_array_is_refused_and_the_others_are_let_go()
    {
        using ITorchProgram program = NativeFixture.Expression("x + y", "x", "y");
        NDArray x = NDArray.FromArray([1f], 1);
        NDArray gone = NDArray.FromArray([1f], 1);
        gone.Dispose();
        Assert.Throws<ObjectDisposedException>(() => program.Run([x, gone], default));
        x.Dispose();
        Assert.True(x.Storage.IsClosed);
    }

    [Fact]
    public void A_disposed_program_is_refused()
    {
        ITorchProgram program = NativeFixture.Expression("x", "x");
        program.Dispose();
        using NDArray x = NDArray.FromArray([1f], 1);
        Assert.Throws<ObjectDisposedException>(() => program.Run([x], default));
    }

    [Fact]
    public void A_dtype_that_libtorch_lacks_is_refused_with_the_list_of_those_it_has()
    {
        using ITorchProgram program = NativeFixture.Expression("x", "x");
        using NDArray x = NDArray.Allocate(DType.UInt32, 2);
        var error = Assert.Throws<EngineException>(() => program.Run([x], default));
        Assert.Equal(ErrorCode.UnsupportedDtype, error.Code);
        Assert.Contains("float32", error.Message, StringComparison.Ordinal);
        Assert.Throws<EngineException>(() => program.Infer([new ShapeDtypeStruct(DType.UInt32, 2)], true, default));
    }

    [Theory]
    [InlineData("", 3)]
    [InlineData("", 4)]
    [InlineData("output 0 of the torch function is Float[3], but Float[4] was expected (check `output_shapes`)", 4)]
    public void Outputs_that_do_not_fit_are_refused_with_the_text_of_the_reference(string text, int length)
    {
        using ITorchProgram program = NativeFixture.Expression("x * 2.0", "x");
        using NDArray x = NDArray.FromArray([1f, 2, 3], 3);
        using NDArray output = NDArray.Allocate(DType.Float32, length);
        if (length == 3)
        {
            program.RunInto([x], [output], default);
            Assert.Equal([2f, 4, 6], output.AsSpan<float>().ToArray());
            return;
        }
        var error = Assert.Throws<EngineException>(() => program.RunInto([x], [output], default));
        Assert.Equal(ErrorCode.OutputShapeMismatch, error.Code);
        Assert.Contains(text, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cpu")]
    [InlineData("cpu:3")]
    public void Virtual_devices_are_the_processor(string device)
    {
        using ITorchProgram program = NativeFixture.Expression("x + 1.0", "x");
        using NDArray x = NDArray.FromArray([1f], 1);
        using NDArray y = program.Run([x], new RunOptions(device)).Outputs[0];
        Assert.Equal([2f], y.AsSpan<float>().ToArray());
    }

    [Theory]
    [InlineData("cuda:99")]
    [InlineData("tpu")]
    [InlineData("")]
    [InlineData("cpu\0")]
    [InlineData("gpü")]
    [InlineData("a device whose name is far too long to be one")]
    public void A_device_that_is_not_there_is_named_as_such(string device)
    {
        using ITorchProgram program = NativeFixture.Expression("x + 1.0", "x");
        using NDArray x = NDArray.FromArray([1f], 1);
        var error = Assert.Throws<EngineException>(() => program.Run([x], new RunOptions(device)));
        Assert.Equal(ErrorCode.InvalidDevice, error.Code);
    }

    [Fact]
    public void Shapes_are_inferred_without_data()
    {
        using ITorchProgram program = NativeFixture.Expression("torch.mm(x, y)", "x", "y");
        InferredResult meta = program.Infer(
            [new ShapeDtypeStruct(DType.Float32, 1L << 20, 1L << 20), new ShapeDtypeStruct(DType.Float32, 1L << 20, 2)],
            allowZeros: false,
            default
        );
        Assert.Equal("float32[1048576, 2]", Assert.Single(meta.Outputs).ToString());
        Assert.False(meta.OnZeros);
        Assert.Equal("PyTreeDef(*)", meta.FunctionStructure.ToString());
        Assert.Equal([DType.Float32], meta.FunctionDtypes);
    }

    [Fact]
    public void Shapes_that_depend_on_data_are_an_error_of_their_own()
    {
        using ITorchProgram program = NativeFixture.Expression("torch.nonzero(x)", "x");
        var error = Assert.Throws<EngineException>(() =>
            program.Infer([new ShapeDtypeStruct(DType.Float32, 4)], allowZeros: true, default)
        );
        Assert.Equal(ErrorCode.DataDependentShape, error.Code);
    }
}
