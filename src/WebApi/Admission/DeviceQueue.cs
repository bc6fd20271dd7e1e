using Torch2Jax.Errors;

namespace Torch2Jax.WebApi.Admission;

/// <summary>The calls of one device: some run, the others wait in order, and beyond a bound they are turned away.</summary>
internal sealed class DeviceQueue(int concurrency, int capacity, StuckCalls stuck)
{
    private readonly Lock gate = new();
    private readonly LinkedList<AdmittedCall> waiting = new();
    private int running;

    public int Running => Volatile.Read(ref running);

    public int Waiting
    {
        get
        {
            lock (gate)
            {
                return waiting.Count;
            }
        }
    }

    /// <summary>Starts the call (where it runs inline, its caller does), or lets it wait; true where it waits.</summary>
    /// <exception cref="EngineException">Overloaded.</exception>
    public bool Enter(AdmittedCall call)
    {
        lock (gate)
        {
            if (running >= concurrency)
            {
                if (waiting.Count >= capacity)
                {
                    throw new EngineException(
                        ErrorCode.Overloaded,
                        $"{running} calls run and {waiting.Count} wait on this device; try again after the time in Retry-After."
                    );
                }

                call.StartClock();
                call.Place = waiting.AddLast(call);
                return true;
            }

            running++;
        }

        call.RunsInline = call.Late is not null;
        call.StartClock();
        if (!call.RunsInline)
        {
            ThreadPool.UnsafeQueueUserWorkItem(call, preferLocal: true);
        }

        return false;
    }

    /// <summary>A run ended: the next one starts.</summary>
    public void Release()
    {
        AdmittedCall? next = null;
        lock (gate)
        {
            if (waiting.First is { } first)
            {
                waiting.RemoveFirst();
                next = first.Value;
                next.Place = null;
            }
            else
            {
                running--;
            }
        }

        if (next is not null)
        {
            ThreadPool.UnsafeQueueUserWorkItem(next, preferLocal: false);
        }
    }

    public void Remove(AdmittedCall call)
    {
        lock (gate)
        {
            if (call.Place is { } place)
            {
                waiting.Remove(place);
                call.Place = null;
            }
        }
    }

    /// <summary>A run outlived its deadline; true where its slot may be used by another call.</summary>
    public bool BeginStuck() => stuck.Begin();

    public void UndoStuck(bool _) => stuck.End();

    public void EndStuck(bool slotReturned)
    {
        stuck.End();
        if (!slotReturned)
        {
            Release();
        }
    }
}
