using Torch2Jax.Arrays;

namespace Torch2Jax.Isolation;

/// <summary>A result that lies in its worker's arena: freed there when the last of its arrays is disposed of.</summary>
internal sealed class WorkerResult(Worker worker, long handle)
{
    private int arrays = 1;

    public Worker Worker => worker;

    public void AddReference() => Interlocked.Increment(ref arrays);

    public void Release()
    {
        if (Interlocked.Decrement(ref arrays) == 0)
        {
            worker.LetGo(handle);
        }
    }
}

/// <summary>The memory of one array of a <see cref="WorkerResult"/>; the region stays for as long as it is used.</summary>
internal sealed class WorkerStorage : ArrayStorage
{
    private readonly WorkerResult result;

    private WorkerStorage(nint data, nuint byteLength, WorkerResult result)
        : base(data, byteLength) => this.result = result;

    public static NDArray Wrap(WorkerResult result, nint data, DType dtype, long bytes, ReadOnlySpan<long> shape)
    {
        bool held = false;
        result.Worker.Region.DangerousAddRef(ref held);
        result.AddReference();
        var storage = new WorkerStorage(data, (nuint)bytes, result);
        try
        {
            return NDArray.Wrap(storage, dtype, shape);
        }
        catch
        {
            storage.Dispose();
            throw;
        }
    }

    protected override bool ReleaseHandle()
    {
        result.Release();
        result.Worker.Region.DangerousRelease();
        return true;
    }
}
