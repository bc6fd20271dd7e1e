namespace Torch2Jax.WebApi.Admission;

/// <summary>A call with a result.</summary>
internal sealed class AdmittedCall<T>(DeviceQueue queue, int deadlineMs, Func<T> work, IDisposable? arguments)
    : AdmittedCall(queue, deadlineMs)
    where T : class
{
    // Continuations run on the thread that made the result: it goes on to write the answer, without a hop.
    private readonly TaskCompletionSource<T> completion = new();
    private T? result;
    private Exception? failure;

    public Task<T> Task => completion.Task;

    protected override void Work()
    {
        try
        {
            result = work();
        }
#pragma warning disable CA1031 // Kept and given to the caller, whatever it is.
        catch (Exception error)
#pragma warning restore CA1031
        {
            failure = error;
        }
        finally
        {
            arguments?.Dispose();
        }
    }

    protected override void Deliver()
    {
        if (failure is null)
        {
            completion.SetResult(result!);
        }
        else
        {
            completion.SetException(failure);
        }
    }

    protected override void DropResult() => (result as IDisposable)?.Dispose();

    protected override void Discard() => arguments?.Dispose();

    protected override void Fail(Exception error) => completion.TrySetException(error);

    protected override void Cancel(CancellationToken token) => completion.TrySetCanceled(token);
}
