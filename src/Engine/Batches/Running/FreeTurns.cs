using Torch2Jax.Errors;

namespace Torch2Jax.Batches;

/// <summary>A program of its own: every call runs at once.</summary>
internal sealed class FreeTurns : ICallTurns
{
    public async Task<T> RunAsync<T>(
        string? device,
        TimeSpan? limit,
        Func<T> work,
        IDisposable arguments,
        CancellationToken cancellationToken
    )
        where T : class, IDisposable
    {
        if (limit is not { } most)
        {
            return Run(work, arguments);
        }

        var run = Task.Run(() => Run(work, arguments), CancellationToken.None);
        try
        {
            return await run.WaitAsync(most, CancellationToken.None).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            _ = DropAsync(run);
            throw new EngineException(
                ErrorCode.DeadlineExceeded,
                $"The call did not end within {most.TotalMilliseconds:0} ms."
            );
        }
    }

    private static T Run<T>(Func<T> work, IDisposable arguments)
    {
        using (arguments)
        {
            return work();
        }
    }

    private static async Task DropAsync<T>(Task<T> run)
        where T : IDisposable
    {
        await ((Task)run).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (run.IsCompletedSuccessfully)
        {
            (await run.ConfigureAwait(false)).Dispose();
        }
    }
}
