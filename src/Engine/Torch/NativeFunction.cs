using Torch2Jax.Native;

namespace Torch2Jax.Torch;

/// <summary>A function compiled by libtorch.</summary>
internal sealed unsafe class NativeFunction : ICompiledFunction
{
    private readonly FunctionHandle handle;
    private readonly KeptArrays kept;
    private volatile bool disposed; // the handle itself stays open while programs refer to it

    private NativeFunction(FunctionHandle handle, FunctionSchema schema, KeptArrays kept)
    {
        this.handle = handle;
        this.kept = kept;
        Schema = schema;
    }

    public FunctionSchema Schema { get; }

    /// <summary>Takes a t2j_function over; its programs use what <paramref name="kept"/> has on devices.</summary>
    public static NativeFunction Take(nint function, KeptArrays kept)
    {
        var handle = new FunctionHandle(function);
        try
        {
            // The text belongs to the handle, which this method keeps alive.
            FunctionSchema schema = FunctionSchema.Parse(NativeText.Span(NativeMethods.FunctionSchema(handle)));
            return new NativeFunction(handle, schema, kept);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    public ITorchProgram CreateProgram(string arguments, string transforms)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        nint program = 0;
        nint error = 0;
        bool referenced = false;
        handle.DangerousAddRef(ref referenced); // the program's own
        try
        {
            fixed (byte* argumentsText = NativeText.Encode(arguments, "arguments' structure"))
            fixed (byte* transformsText = NativeText.Encode(transforms, "transforms"))
            {
                NativeStatus.Check(
                    NativeMethods.ProgramNew(handle, argumentsText, transformsText, &program, &error),
                    error
                );
            }
        }
        catch
        {
            handle.DangerousRelease();
            throw;
        }
        return new NativeProgram(new ProgramHandle(program, handle), kept);
    }

    public void Dispose()
    {
        disposed = true;
        handle.Dispose();
    }
}
