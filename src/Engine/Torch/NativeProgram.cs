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
    private readonly ResultReader reader = new();

    public NativeProgram(ProgramHandle handle)
    {
        this.handle = handle;
        InputCount = NativeMethods.ProgramInputs(handle);
    }

    public int InputCount { get; }

    [SkipLocalsInit]
    public ProgramResult Run(ReadOnlySpan<NDArray> inputs, in RunOptions options)
    {
        CheckCount(inputs.Length);
        byte* deviceName = stackalloc byte[DeviceNameBytes];
        CallOptionsRecord record = ToRecord(options, deviceName);
        long* scratch = stackalloc long[ScratchArrays.ScratchLength];
        nint result = 0;
        nint error = 0;
        using (var arrays = new ScratchArrays(scratch, inputs, []))
        {
            NativeStatus.Check(
                NativeMethods.ProgramCall(handle, arrays.Inputs, inputs.Length, &record, &result, &error),
                error
            );
        }
        using var owner = new ResultHandle(result);
        return reader.Read(owner);
    }

    [SkipLocalsInit]
    public void RunInto(ReadOnlySpan<NDArray> inputs, ReadOnlySpan<NDArray> outputs, in RunOptions options)
    {
        CheckCount(inputs.Length);
        byte* deviceName = stackalloc byte[DeviceNameBytes];
        CallOptionsRecord record = ToRecord(options, deviceName);
        long* scratch = stackalloc long[ScratchArrays.ScratchLength];
        nint error = 0;
        using var arrays = new ScratchArrays(scratch, inputs, outputs);
        NativeStatus.Check(
            NativeMethods.ProgramCallInto(
                handle,
                arrays.Inputs,
                inputs.Length,
                arrays.Outputs,
                outputs.Length,
                &record,
                null,
                &error
            ),
            error
        );
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
