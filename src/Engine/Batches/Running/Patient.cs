using Torch2Jax.Errors;

namespace Torch2Jax.Batches;

/// <summary>Asks a store again for as long as its database is away.</summary>
internal static class Patient
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    public static async Task<T> AskAsync<T>(Func<Task<T>> question, CancellationToken cancellationToken)
    {
        for (var pause = TimeSpan.FromMilliseconds(50); ; pause = Min(pause * 2, LongestPause))
        {
            try
            {
                return await question().ConfigureAwait(false);
            }
            catch (EngineException error) when (error.Code == ErrorCode.RegistryUnavailable)
            {
                await Task.Delay(pause, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    public static Task TellAsync(Func<Task> order, CancellationToken cancellationToken) =>
        AskAsync(
            async () =>
            {
                await order().ConfigureAwait(false);
                return true;
            },
            cancellationToken
        );

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
