using Torch2Jax.Errors;

namespace Torch2Jax.Batches;

/// <summary>Lets the calls of batches run, one by one: a service makes them wait for their turn among those of others.</summary>
public interface ICallTurns
{
    /// <summary>Runs a call when its turn comes.</summary>
    /// <param name="device">The device it runs on; null for the default one.</param>
    /// <param name="limit">How long it may run, without the time it waits; null for as long as it takes.</param>
    /// <param name="work">The call; made again where it found no memory beside other calls, and at most once else.</param>
    /// <param name="arguments">Freed when the call has ended, or when it will never be made.</param>
    /// <param name="cancellationToken">Ends the waiting, not the call.</param>
    /// <exception cref="EngineException">
    /// DeadlineExceeded: the call outlived its limit. It goes on, since nothing can stop it, and what it returns is freed.
    /// </exception>
    Task<T> RunAsync<T>(
        string? device,
        TimeSpan? limit,
        Func<T> work,
        IDisposable arguments,
        CancellationToken cancellationToken
    )
        where T : class, IDisposable;
}
