using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Native;

namespace Torch2Jax.Torch;

/// <summary>Reads native results.</summary>
internal sealed unsafe class ResultReader
{
    private readonly FunctionResults functions = new();

    /// <summary>Takes the arrays out of a result, over its memory; they keep it alive.</summary>
    public ProgramResult Read(ResultHandle result)
    {
        var outputs = new NDArray[NativeMethods.ResultCount(result)];
        try
        {
            for (int i = 0; i < outputs.Length; i++)
            {
                BufferRecord buffer = BufferAt(result, i);
                outputs[i] = ResultStorage.Wrap(result, buffer, Dims(buffer));
            }
            FunctionResult function = ReadFunction(result);
            return new ProgramResult(
                outputs,
                function.Structure,
                function.Dtypes,
                FunctionResults.Lines(NativeText.Span(NativeMethods.ResultWarnings(result))),
                NativeMethods.ResultPeakBytes(result)
            );
        }
        catch
        {
            foreach (NDArray? output in outputs)
            {
                output?.Dispose();
            }
            throw;
        }
    }

    /// <summary>Reads the shapes that inference found.</summary>
    public InferredResult ReadShapes(ResultHandle result, bool onZeros)
    {
        var outputs = new ShapeDtypeStruct[NativeMethods.ResultCount(result)];
        for (int i = 0; i < outputs.Length; i++)
        {
            BufferRecord buffer = BufferAt(result, i);
            outputs[i] = new ShapeDtypeStruct((DType)buffer.Dtype, Dims(buffer));
        }
        FunctionResult function = ReadFunction(result);
        return new InferredResult(outputs, function.Structure, function.Dtypes, onZeros);
    }

    private FunctionResult ReadFunction(ResultHandle result)
    {
        int count;
        int* first = NativeMethods.ResultFunctionDtypes(result, &count);
        var dtypes = new ReadOnlySpan<DType>(first, count); // an enum over int32, as t2j_dtype
        return functions.Read(NativeText.Span(NativeMethods.ResultStructure(result)), dtypes);
    }

    private static BufferRecord BufferAt(ResultHandle result, int index)
    {
        BufferRecord buffer;
        int status = NativeMethods.ResultBuffer(result, index, &buffer);
        if (status != NativeStatus.Ok || !Enum.IsDefined((DType)buffer.Dtype))
        {
            throw new EngineException(
                ErrorCode.Internal,
                $"Output {index} of a result cannot be read (status {status}, dtype {buffer.Dtype})."
            );
        }
        return buffer;
    }

    private static ReadOnlySpan<long> Dims(in BufferRecord buffer) => new(buffer.Dims, buffer.Rank);
}
