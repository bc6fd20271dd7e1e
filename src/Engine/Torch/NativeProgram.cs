using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Native;

namespace Torch2Jax.Torch;

/// <summary>A program of libtorch2jax. A call marshals on its own stack, so repeated calls allocate nothing managed.</summary>
internal sealed unsafe class NativeProgram : ITorchProgram
{
    private const int DeviceNameBytes = DeviceRecord.NameBytes;
    private const int InferMeta = 1;
    private const int InferZeros = 2;

    private readonly ProgramHandle handle;
    private readonly KeptArrays kept;
    private readonly ResultReader reader = new();

    public NativeProgram(ProgramHandle handle, KeptArrays kept)
    {
        this.handle = handle;
        this.kept = kept;
        InputCount = NativeMethods.ProgramInputs(handle);
    }

    public int InputCount { get; }

    [SkipLocalsInit]
    public ProgramResult Run(ReadOnlySpan<NDArray> inputs, in RunOptions options)
    {
        CheckCount(inputs.Length);
        byte* deviceName = stackalloc byte[DeviceNameBytes];
        CallOptionsRecord record = ToRecord(options, deviceName);
        nint result = 0;
        Call(inputs, [], options.Device, &record, &result);
        using var owner = new ResultHandle(result);
        return reader.Read(owner);
    }

    [SkipLocalsInit]
    public void RunInto(ReadOnlySpan<NDArray> inputs, ReadOnlySpan<NDArray> outputs, in RunOptions options)
    {
        CheckCount(inputs.Length);
        byte* deviceName = stackalloc byte[DeviceNameBytes];
        CallOptionsRecord record = ToRecord(options, deviceName);
        Call(inputs, outputs, options.Device, &record, null);
    }

    [SkipLocalsInit]
    public InferredResult Infer(ReadOnlySpan<ShapeDtypeStruct> inputs, bool allowZeros, in RunOptions options)
    {
        CheckCount(inputs.Length);
        byte* deviceName = stackalloc byte[DeviceNameBytes];
        CallOptionsRecord record = ToRecord(options, deviceName);
        long* scratch = stackalloc long[ScratchArrays.ScratchLength];
        int modes = allowZeros ? InferMeta | InferZeros : InferMeta;
        nint result = 0;
        nint error = 0;
        using (var shapes = new ScratchArrays(scratch, inputs))
        {
            NativeStatus.Check(
                NativeMethods.ProgramInfer(handle, shapes.Inputs, inputs.Length, modes, &record, &result, &error),
                error
            );
        }
        using var owner = new ResultHandle(result);
        return reader.ReadShapes(owner, onZeros: NativeMethods.ResultInferredBy(owner) == InferZeros);
    }

    public void Dispose() => handle.Dispose();

    // Where there is no memory, arrays that are kept for later calls make room for this one.
    private void Call(
        ReadOnlySpan<NDArray> inputs,
        ReadOnlySpan<NDArray> outputs,
        string? device,
        CallOptionsRecord* options,
        nint* result
    )
    {
        nint error = 0;
        int status = TryCall(inputs, outputs, device, options, result, &error);
        if (NativeStatus.IsForMemory(status) && kept.Clear())
        {
            NativeMethods.ErrorFree(error);
            status = TryCall(inputs, outputs, device, options, result, &error);
        }
        NativeStatus.Check(status, error);
    }

    // Without a place for a result the outputs are written.
    [SkipLocalsInit]
    private int TryCall(
        ReadOnlySpan<NDArray> inputs,
        ReadOnlySpan<NDArray> outputs,
        string? device,
        CallOptionsRecord* options,
        nint* result,
        nint* error
    )
    {
        long* scratch = stackalloc long[ScratchArrays.ScratchLength];
        using var arrays = new ScratchArrays(scratch, inputs, outputs, kept, device);
        return result is null
            ? NativeMethods.ProgramCallInto(
                handle,
                arrays.Inputs,
                inputs.Length,
                arrays.Outputs,
                outputs.Length,
                options,
                null,
                error
            )
            : NativeMethods.ProgramCall(handle, arrays.Inputs, inputs.Length, options, result, error);
    }

    private void CheckCount(int given)
    {
        if (given != InputCount)
        {
            throw new EngineException(
                ErrorCode.StructureMismatch,
                $"The program takes {InputCount} arrays, but {given} came."
            );
        }
    }

    private static CallOptionsRecord ToRecord(in RunOptions options, byte* deviceName)
    {
        if (
            options.Device is not null
            && !NativeText.TryEncodeName(options.Device, new Span<byte>(deviceName, DeviceNameBytes))
        )
        {
            throw new EngineException(
                ErrorCode.InvalidDevice,
                "That is no device's name; names are like cpu, cpu:1 and cuda:0."
            );
        }
        return new CallOptionsRecord
        {
            Device = options.Device is null ? null : deviceName,
            Seed = options.Seed.GetValueOrDefault(),
            HasSeed = options.Seed.HasValue ? 1 : 0,
            TimeoutMs = options.TimeoutMs,
            MaxBytes = options.MaxBytes,
        };
    }
}
