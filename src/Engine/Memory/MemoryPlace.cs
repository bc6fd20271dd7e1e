using Torch2Jax.Errors;

namespace Torch2Jax.Memory;

/// <summary>The devices that a call runs on: one, or those of its mesh, among which its bytes are divided.</summary>
internal sealed class MemoryPlace(params DeviceBudget[] devices)
{
    /// <summary>Lets a call in until the lease is disposed of; allocates nothing.</summary>
    /// <exception cref="MemoryException">
    /// ExecutionFailed where the call alone is over a device's limit, Overloaded where other calls have the memory.
    /// </exception>
    public MemoryLease Admit(in MemoryEstimate estimate)
    {
        var share = (estimate.Total + devices.Length - 1) / devices.Length;
        for (var i = 0; i < devices.Length; i++)
        {
            // What depends on data may be less this time: such a call is let in where nothing else runs.
            var bytes = estimate.Basis == EstimateBasis.DynamicPeak ? AtMost(share, devices[i]) : share;
            if (devices[i].TryEnter(bytes))
            {
                continue;
            }

            new MemoryLease(devices.AsMemory(0, i), share, estimate.Basis).Dispose();
            throw Refusal(devices[i], bytes, estimate);
        }

        return new MemoryLease(devices, share, estimate.Basis);
    }

    /// <summary>
    /// Bytes of tensors that a call with so many bytes of arguments may hold, so that it is refused at its first run as it
    /// would be at the next; 0 for no limit.
    /// </summary>
    /// <param name="ofCall">The limit of any call; 0 for none.</param>
    /// <param name="inputs">Bytes of the call's arguments.</param>
    public long MostHeld(long ofCall, long inputs)
    {
        var limit = 0L;
        var beside = 0L; // a device holds copies of the arguments, which count as the call's own
        foreach (var device in devices)
        {
            if (device.Limit == 0)
            {
                return ofCall;
            }

            limit += device.Limit;
            beside = device.IsProcessor ? inputs : beside;
        }

        var left = Math.Max(limit - beside, 1);
        return ofCall > 0 ? Math.Min(ofCall, left) : left;
    }

    /// <summary>Counts a call that ran out of memory while it ran.</summary>
    public void CountRefusal(MemoryException error)
    {
        foreach (var device in devices)
        {
            device.CountRefusal(isTooLarge: error.Code != ErrorCode.Overloaded);
        }
    }

    internal static long AtMost(long bytes, DeviceBudget device) =>
        device.Limit > 0 ? Math.Min(bytes, device.Limit) : bytes;

    private static MemoryException Refusal(DeviceBudget device, long bytes, in MemoryEstimate estimate)
    {
        var isTooLarge = bytes > device.Limit;
        device.CountRefusal(isTooLarge);
        var need = $"The call needs {estimate}.";
        return isTooLarge
            ? new MemoryException(
                ErrorCode.ExecutionFailed,
                $"{need} All calls together may use {device.Limit} bytes on {device.Name}, so it was not run; call it with "
                    + "smaller arrays, or in pieces."
            )
            : new MemoryException(
                ErrorCode.Overloaded,
                $"{need} Of the {device.Limit} bytes that all calls together may use on {device.Name}, calls that run now "
                    + $"need {device.Reserved}, so it was not run; try again when they are done."
            );
    }
}

/// <summary>A call's memory on its devices while it runs; dispose of it once.</summary>
internal readonly struct MemoryLease(ReadOnlyMemory<DeviceBudget> devices, long share, EstimateBasis basis)
    : IDisposable
{
    /// <summary>Gives it back.</summary>
    public void Dispose()
    {
        foreach (var device in devices.Span)
        {
            device.Leave(basis == EstimateBasis.DynamicPeak ? MemoryPlace.AtMost(share, device) : share);
        }
    }
}
