namespace Torch2Jax.TorchSharp.Programs;

/// <summary>What is alive in this process, and how often functions ran.</summary>
internal static class Counts
{
    private static long functions;
    private static long programs;
    private static long runs;

    public static long Functions => Interlocked.Read(ref functions);

    public static long Programs => Interlocked.Read(ref programs);

    public static long Runs => Interlocked.Read(ref runs);

    public static void AddFunctions(int change) => Interlocked.Add(ref functions, change);

    public static void AddPrograms(int change) => Interlocked.Add(ref programs, change);

    public static void AddRun() => Interlocked.Increment(ref runs);
}
