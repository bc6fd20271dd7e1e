using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Torch;

namespace Torch2Jax.Isolation;

/// <summary>One call of a program; without outputs its results stay where the worker made them.</summary>
internal readonly ref struct CallTask(
    IsolatedProgram program,
    ReadOnlySpan<NDArray> inputs,
    ReadOnlySpan<NDArray> outputs,
    RunOptions options
) : IWorkerTask<ProgramResult?>
{
    // Bigger arrays are shared, or copied to where they are.
    private const int MostInline = 64 << 10;
    private const long InlineRoom = 1 << 20;

    private readonly ReadOnlySpan<NDArray> inputs = inputs;
    private readonly ReadOnlySpan<NDArray> outputs = outputs;

    public ProgramResult? Run(Worker worker, long until)
    {
        program.Teach(worker);
        Exchange exchange = program.Function.Backend.Exchange;
        List<SharedCopy>? copies = null;
        int held = 0;
        try
        {
            Hold(ref held);
            long result = outputs.IsEmpty ? exchange.NewHandle() : 0;
            RequestWriter request = worker.Begin(RequestKind.Call, program.Function.Backend.Threads);
            request.Word(program.Handle);
            request.Word(result);
            CallWords.Write(ref request, options);
            WriteInputs(ref request, exchange.Inputs, ref copies);
            request.Word(outputs.Length);
            foreach (NDArray output in outputs)
            {
                CallWords.WriteHead(ref request, output.Dtype, output.Shape);
                request.Word((long)Place.Nowhere);
            }
            AnswerReader answer = exchange.Send(worker, until);
            var reader = new ResultAnswer(program, worker, exchange);
            if (outputs.IsEmpty)
            {
                return reader.Read(ref answer, result);
            }
            reader.ReadInto(ref answer, outputs);
            return null;
        }
        finally
        {
            copies?.ForEach(static copy => copy.Dispose());
            while (held > 0)
            {
                inputs[--held].Storage.DangerousRelease();
            }
        }
    }

    private void WriteInputs(ref RequestWriter request, SharedInputs shared, ref List<SharedCopy>? copies)
    {
        request.Word(inputs.Length);
        foreach (NDArray input in inputs)
        {
            input.Dtype.RequireSupported();
            CallWords.WriteHead(ref request, input.Dtype, input.Shape);
            long offset = shared.OffsetOf(input.Pointer);
            if (offset < 0 && input.ByteLength <= MostInline && request.Left > input.ByteLength + InlineRoom)
            {
                request.Word((long)Place.Inline);
                request.Array(input.Bytes);
                continue;
            }
            if (offset < 0 && SharedCopy.Of(shared, input) is { } copy)
            {
                (copies ??= []).Add(copy);
                offset = copy.Offset;
            }
            request.Word((long)Place.Inputs);
            request.Word(offset);
        }
    }

    // Nobody may free an input while the worker reads it.
    private void Hold(ref int held)
    {
        foreach (NDArray input in inputs)
        {
            _ = input.Pointer; // throws in the array's own name where it was disposed of
            bool added = false;
            input.Storage.DangerousAddRef(ref added);
            held++;
        }
    }
}

/// <summary>Shapes alone, of a program.</summary>
internal readonly ref struct InferTask(
    IsolatedProgram program,
    ReadOnlySpan<ShapeDtypeStruct> inputs,
    bool allowZeros,
    RunOptions options
) : IWorkerTask<InferredResult>
{
    private const int OnMeta = 1;
    private const int OnZeros = 2;

    private readonly ReadOnlySpan<ShapeDtypeStruct> inputs = inputs;

    public InferredResult Run(Worker worker, long until)
    {
        program.Teach(worker);
        Exchange exchange = program.Function.Backend.Exchange;
        RequestWriter request = worker.Begin(RequestKind.Infer, program.Function.Backend.Threads);
        request.Word(program.Handle);
        request.Word(allowZeros ? OnMeta | OnZeros : OnMeta);
        CallWords.Write(ref request, options);
        request.Word(inputs.Length);
        foreach (ShapeDtypeStruct input in inputs)
        {
            input.Dtype.RequireSupported();
            CallWords.WriteHead(ref request, input.Dtype, input.Shape.AsSpan());
            request.Word((long)Place.Nowhere);
        }
        AnswerReader answer = exchange.Send(worker, until);
        return new ResultAnswer(program, worker, exchange).ReadShapes(ref answer, OnZeros);
    }
}

/// <summary>What calls and inference write alike.</summary>
internal static class CallWords
{
    public static void Write(ref RequestWriter request, in RunOptions options)
    {
        if (options.Device is { } device && (device.Length > 15 || !System.Text.Ascii.IsValid(device)))
        {
            throw new EngineException(
                ErrorCode.InvalidDevice,
                "That is no device's name; names are like cpu, cpu:1 and cuda:0."
            );
        }
        request.Text(options.Device ?? "");
        request.Word(options.Seed.GetValueOrDefault());
        request.Word(options.Seed.HasValue ? 1 : 0);
        request.Word(options.TimeoutMs);
        request.Word(options.MaxBytes);
    }

    public static void WriteHead(ref RequestWriter request, DType dtype, ReadOnlySpan<long> shape)
    {
        request.Word((int)dtype);
        request.Word(shape.Length);
        foreach (long dimension in shape)
        {
            request.Word(dimension);
        }
    }
}
