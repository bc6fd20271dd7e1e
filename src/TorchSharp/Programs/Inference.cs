using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Torch;

namespace Torch2Jax.TorchSharp.Programs;

/// <summary>Output shapes without data: on meta tensors, which hold no elements, else on zeros.</summary>
internal sealed class Inference(
    IReadOnlyList<ShapeDtypeStruct> inputs,
    FunctionTraits traits,
    TorchSharpProgram program,
    int timeoutMs
)
{
    /// <summary>On meta tensors; null where they don't do and zeros may be tried.</summary>
    public InferredResult? OnMeta(bool allowZeros)
    {
        try
        {
            return Run(torch.META, value: 0, onZeros: false);
        }
        catch (EngineException) when (allowZeros)
        {
            return null;
        }
    }

    /// <exception cref="EngineException">DataDependentShape, or what the function raises.</exception>
    public InferredResult OnZeros(torch.Device device, long maxBytes)
    {
        long bytes = 0;
        foreach (ShapeDtypeStruct input in inputs)
        {
            bytes = checked(
                bytes + (input.Shape.Aggregate(1L, (all, next) => checked(all * next)) * input.Dtype.ItemSize())
            );
        }

        if (maxBytes > 0 && bytes > maxBytes)
        {
            throw DependsOnData(
                $"an operator needs real arrays, and zeros of these shapes are over the limit of {maxBytes} bytes"
            );
        }

        if (traits.Loops)
        {
            // Nothing could stop a loop that converges on data and not on zeros, so no made-up data is tried at all.
            throw new EngineException(
                ErrorCode.ExecutionFailed,
                "a while loop may not end on zeros, so it is not run on them"
            );
        }

        if (traits.NeedsData is { } reason)
        {
            throw DependsOnData(reason);
        }

        InferredResult zeros = Run(device, value: 0, onZeros: true);
        return GivesOtherShapesOnOnes(device, zeros) ? throw DependsOnData("other values give other shapes") : zeros;
    }

    public static EngineException DependsOnData(string why) =>
        new(
            ErrorCode.DataDependentShape,
            $"the shapes of the outputs cannot be known without data: {why}; give outputShapes, or call the function on "
                + "real arrays"
        );

    // Operators can't be watched from here, so a mask is noticed by what it lets through.
    private bool GivesOtherShapesOnOnes(torch.Device device, InferredResult zeros)
    {
        try
        {
            return !Run(device, value: 1, onZeros: true).Outputs.SequenceEqual(zeros.Outputs);
        }
        catch (EngineException)
        {
            return false; // ones are no better data than zeros: an index may be out of range
        }
    }

    private InferredResult Run(torch.Device device, int value, bool onZeros)
    {
        using ExternalScope scope = torch.NewDisposeScope();
        Tensor[] tensors = [.. inputs.Select(input => Placeholder(input, device, value))];
        var context = new RunContext(timeoutMs);
        Tensor[] outputs = program.RunGuarded(tensors, context, seed: null);
        ShapeDtypeStruct[] shapes =
        [
            .. outputs.Select(output => new ShapeDtypeStruct(Tensors.DtypeOf(output), output.shape)),
        ];
        return new InferredResult(shapes, context.Structure!, context.Dtypes, onZeros);
    }

    private static Tensor Placeholder(ShapeDtypeStruct input, torch.Device device, int value)
    {
        input.Dtype.RequireSupported();
        long[] shape = [.. input.Shape];
        var dtype = (ScalarType)(int)input.Dtype;
        return device.type == torch.META.type ? torch.empty(shape, dtype: dtype, device: device)
            : value == 0 ? torch.zeros(shape, dtype: dtype, device: device)
            : torch.ones(shape, dtype: dtype, device: device);
    }
}
