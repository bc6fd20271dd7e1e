using System.Collections.Immutable;
using System.Text;
using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Native;
using Torch2Jax.Trees;

namespace Torch2Jax.Torch;

/// <summary>Reads native results. A program mostly returns the same structure, so the last one read is kept.</summary>
internal sealed unsafe class ResultReader
{
    private FunctionResult? last;

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
            return new ProgramResult(outputs, function.Structure, function.Dtypes, ReadWarnings(result));
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
        ReadOnlySpan<byte> code = NativeText.Span(NativeMethods.ResultStructure(result));
        int count;
        int* first = NativeMethods.ResultFunctionDtypes(result, &count);
        var dtypes = new ReadOnlySpan<DType>(first, count); // an enum over int32, as t2j_dtype
        FunctionResult? known = Volatile.Read(ref last);
        if (known is not null && known.Matches(code, dtypes))
        {
            return known;
        }
        var read = new FunctionResult(
            code.ToArray(),
            StructureCode.Parse(System.Text.Encoding.UTF8.GetString(code)),
            ImmutableArray.Create(dtypes)
        );
        Volatile.Write(ref last, read);
        return read;
    }

    private static string[] ReadWarnings(ResultHandle result)
    {
        ReadOnlySpan<byte> text = NativeText.Span(NativeMethods.ResultWarnings(result));
        return text.IsEmpty
            ? []
            : System.Text.Encoding.UTF8.GetString(text).Split('\n', StringSplitOptions.RemoveEmptyEntries);
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

    private sealed record FunctionResult(byte[] Code, TreeDef Structure, ImmutableArray<DType> Dtypes)
    {
        public bool Matches(ReadOnlySpan<byte> code, ReadOnlySpan<DType> dtypes) =>
            code.SequenceEqual(Code) && dtypes.SequenceEqual(Dtypes.AsSpan());
    }
}
