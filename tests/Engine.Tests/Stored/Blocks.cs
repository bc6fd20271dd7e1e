namespace Torch2Jax.Tests.Stored;

/// <summary>Blocks of memory, which are counted for the whole process.</summary>
internal static class Blocks
{
    /// <summary>Has what other tests left to the finalizers freed now, and not in the middle of a count.</summary>
    public static void Settle()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }
}
