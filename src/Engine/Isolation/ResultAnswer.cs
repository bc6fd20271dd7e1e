using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Torch;

namespace Torch2Jax.Isolation;

/// <summary>Reads what came out of a program.</summary>
internal readonly struct ResultAnswer(IsolatedProgram program, Worker worker, Exchange exchange)
{
    private const int MaxRank = 64;

    /// <summary>Takes the arrays over: small ones are copied, big ones stay in the worker's arena until disposed of.</summary>
    public ProgramResult Read(ref AnswerReader answer, long handle)
    {
        int count = answer.Count();
        var outputs = new NDArray[count];
        var held = new WorkerResult(worker, handle);
        try
        {
            Span<long> dims = stackalloc long[MaxRank];
            for (int i = 0; i < count; i++)
            {
                outputs[i] = ReadArray(ref answer, held, dims);
            }
            bool isHeld = answer.Word() != 0;
            FunctionResult function = ReadFunction(ref answer);
            string[] warnings = FunctionResults.Lines(answer.Text());
            answer.Word();
            long peak = answer.Word();
            exchange.TakeLog(ref answer);
            if (isHeld)
            {
                held.Release();
            }
            return new ProgramResult(outputs, function.Structure, function.Dtypes, warnings, peak);
        }
        catch
        {
            foreach (NDArray? output in outputs)
            {
                output?.Dispose();
            }
            worker.LetGo(handle);
            throw;
        }
    }

    /// <summary>Copies the arrays into those of the caller.</summary>
    public void ReadInto(ref AnswerReader answer, ReadOnlySpan<NDArray> outputs)
    {
        if (answer.Count() != outputs.Length)
        {
            throw AnswerReader.Unreadable();
        }
        Span<long> dims = stackalloc long[MaxRank];
        foreach (NDArray output in outputs)
        {
            (DType dtype, int rank) = ReadHead(ref answer, dims);
            if (dtype != output.Dtype || !dims[..rank].SequenceEqual(output.Shape))
            {
                throw AnswerReader.Unreadable();
            }
            Bytes(ref answer, output.ByteLength, out _).CopyTo(output.Bytes);
        }
        answer.Word();
        ReadFunction(ref answer);
        answer.Text();
        answer.Word();
        answer.Word();
        exchange.TakeLog(ref answer);
    }

    /// <summary>Reads the shapes that inference found.</summary>
    public InferredResult ReadShapes(ref AnswerReader answer, int onZeros)
    {
        var outputs = new ShapeDtypeStruct[answer.Count()];
        Span<long> dims = stackalloc long[MaxRank];
        for (int i = 0; i < outputs.Length; i++)
        {
            (DType dtype, int rank) = ReadHead(ref answer, dims);
            outputs[i] = new ShapeDtypeStruct(dtype, dims[..rank]);
            answer.Word();
        }
        answer.Word();
        FunctionResult function = ReadFunction(ref answer);
        answer.Text();
        bool isOnZeros = answer.Word() == onZeros;
        answer.Word();
        exchange.TakeLog(ref answer);
        return new InferredResult(outputs, function.Structure, function.Dtypes, isOnZeros);
    }

    private NDArray ReadArray(ref AnswerReader answer, WorkerResult held, scoped Span<long> dims)
    {
        (DType dtype, int rank) = ReadHead(ref answer, dims);
        ReadOnlySpan<long> shape = dims[..rank];
        long bytes = SizeOf(dtype, shape);
        ReadOnlySpan<byte> data = Bytes(ref answer, bytes, out nint inArena);
        if (inArena != 0)
        {
            return WorkerStorage.Wrap(held, inArena, dtype, bytes, shape);
        }
        NDArray copy = NDArray.Allocate(dtype, shape);
        data.CopyTo(copy.Bytes);
        return copy;
    }

    private unsafe ReadOnlySpan<byte> Bytes(ref AnswerReader answer, long bytes, out nint inArena)
    {
        inArena = 0;
        switch ((Place)answer.Word())
        {
            case Place.Nowhere when bytes == 0:
                return [];
            case Place.Inline:
                return answer.Array(bytes);
            case Place.Arena:
                inArena = worker.InArena(answer.Word(), bytes);
                return inArena != 0
                    ? new ReadOnlySpan<byte>((void*)inArena, (int)bytes)
                    : throw AnswerReader.Unreadable();
            default:
                throw AnswerReader.Unreadable();
        }
    }

    private static (DType Dtype, int Rank) ReadHead(ref AnswerReader answer, scoped Span<long> dims)
    {
        var dtype = (DType)answer.Word();
        long rank = answer.Word();
        if (!Enum.IsDefined(dtype) || rank is < 0 or > MaxRank)
        {
            throw AnswerReader.Unreadable();
        }
        for (int i = 0; i < (int)rank; i++)
        {
            dims[i] = answer.Word();
        }
        return (dtype, (int)rank);
    }

    private static long SizeOf(DType dtype, ReadOnlySpan<long> shape)
    {
        // Also refuses what is negative or too big for one array.
        long bytes = ShapeMath.Size(dtype, shape) * dtype.ItemSize();
        return bytes <= int.MaxValue
            ? bytes
            : throw new EngineException(
                ErrorCode.PayloadTooLarge,
                $"An output of {bytes} bytes is too big; one array holds at most {int.MaxValue}."
            );
    }

    private FunctionResult ReadFunction(ref AnswerReader answer)
    {
        ReadOnlySpan<byte> code = answer.Text();
        var dtypes = new DType[answer.Count()];
        for (int i = 0; i < dtypes.Length; i++)
        {
            dtypes[i] = (DType)answer.Word();
        }
        return program.Functions.Read(code, dtypes);
    }
}
