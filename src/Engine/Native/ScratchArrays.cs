using System.Runtime.InteropServices;
using Torch2Jax.Arrays;

namespace Torch2Jax.Native;

/// <summary>
/// Arrays as t2j_buffers for the length of one call. The caller brings scratch memory of its stack, which is enough for
/// most calls; a bigger one borrows native memory, so no call allocates managed memory. Each array is kept from being
/// freed by another thread until <see cref="Dispose"/>.
/// </summary>
internal unsafe ref struct ScratchArrays
{
    /// <summary>Longs that the caller's scratch holds: for example 32 arrays of rank 4.</summary>
    public const int ScratchLength = 32 * (LongsPerRecord + 4);
    private const int LongsPerRecord = 4;

    private readonly void* borrowed;
    private BufferRecord* nextRecord;
    private long* nextDims;
    private ReadOnlySpan<NDArray> inputs;
    private ReadOnlySpan<NDArray> outputs;
    private List<ArrayHandle>? leased; // made for calls with stored arrays on a device alone
    private int held;

    /// <summary>Inputs and outputs of one call; inputs that <paramref name="kept"/> has on the device are taken there.</summary>
    public ScratchArrays(
        long* scratch,
        ReadOnlySpan<NDArray> inputs,
        ReadOnlySpan<NDArray> outputs,
        KeptArrays? kept = null,
        string? device = null
    )
        : this(scratch, inputs.Length + outputs.Length, Ranks(inputs) + Ranks(outputs))
    {
        this.inputs = inputs;
        this.outputs = outputs;
        try
        {
            Inputs = nextRecord;
            AddAll(inputs, kept, device);
            Outputs = nextRecord;
            AddAll(outputs, null, null);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public ScratchArrays(long* scratch, ReadOnlySpan<ShapeDtypeStruct> shapes)
        : this(scratch, shapes.Length, Ranks(shapes))
    {
        Inputs = nextRecord;
        foreach (ShapeDtypeStruct shape in shapes)
        {
            Add(0, shape.Dtype, shape.Shape.AsSpan());
        }
    }

    private ScratchArrays(long* scratch, int count, int dims)
    {
        int length = count * LongsPerRecord + dims;
        if (length > ScratchLength)
        {
            borrowed = NativeMemory.Alloc((nuint)length, sizeof(long));
            scratch = (long*)borrowed;
        }
        nextRecord = (BufferRecord*)scratch;
        nextDims = scratch + count * LongsPerRecord;
    }

    /// <summary>The first input's record.</summary>
    public BufferRecord* Inputs { get; }

    /// <summary>The first output's record.</summary>
    public BufferRecord* Outputs { get; }

    /// <summary>Lets go of the arrays and of borrowed memory.</summary>
    public void Dispose()
    {
        while (held > 0)
        {
            held--;
            NDArray array = held < inputs.Length ? inputs[held] : outputs[held - inputs.Length];
            array.Storage.DangerousRelease();
        }
        if (leased is not null)
        {
            leased.ForEach(static handle => handle.DangerousRelease());
        }
        NativeMemory.Free(borrowed);
    }

    private void AddAll(ReadOnlySpan<NDArray> arrays, KeptArrays? kept, string? device)
    {
        foreach (NDArray array in arrays)
        {
            nint data = array.Pointer; // throws in the array's own name where it was disposed of
            bool added = false;
            array.Storage.DangerousAddRef(ref added);
            held++;
            Add(data, array.Dtype, array.Shape);
            if (kept is not null && device is not null && kept.Lease(array, device) is { } handle)
            {
                (leased ??= []).Add(handle);
                (nextRecord - 1)->Kept = handle.DangerousGetHandle();
            }
        }
    }

    private void Add(nint data, DType dtype, ReadOnlySpan<long> shape)
    {
        dtype.RequireSupported();
        nextRecord->Data = data;
        nextRecord->Dims = nextDims;
        nextRecord->Rank = shape.Length;
        nextRecord->Dtype = (int)dtype;
        nextRecord->Kept = 0;
        nextRecord++;
        shape.CopyTo(new Span<long>(nextDims, shape.Length));
        nextDims += shape.Length;
    }

    private static int Ranks(ReadOnlySpan<NDArray> arrays)
    {
        int ranks = 0;
        foreach (NDArray array in arrays)
        {
            ranks += array.Rank;
        }
        return ranks;
    }

    private static int Ranks(ReadOnlySpan<ShapeDtypeStruct> shapes)
    {
        int ranks = 0;
        foreach (ShapeDtypeStruct shape in shapes)
        {
            ranks += shape.Rank;
        }
        return ranks;
    }
}
