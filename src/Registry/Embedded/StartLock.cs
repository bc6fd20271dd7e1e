namespace Torch2Jax.Registry.Embedded;

/// <summary>Held by one process at a time; the system frees it when that process ends, however it ends.</summary>
internal static class StartLock
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    public static async Task<IDisposable> TakeAsync(string path, CancellationToken cancellationToken)
    {
        for (var waited = TimeSpan.Zero; ; waited += Step)
        {
            try
            {
                // FileShare.None is an exclusive flock here.
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException exception) when (exception is not (DirectoryNotFoundException or PathTooLongException))
            {
                if (waited > Limit)
                {
                    throw new RegistrySetupException(
                        $"Another process has held {path} for {Limit.TotalMinutes} minutes.",
                        exception
                    );
                }
            }
            await Task.Delay(Step, cancellationToken);
        }
    }
}
