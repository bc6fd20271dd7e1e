namespace Torch2Jax.Torch;

/// <summary>The backend that hosts run on: the native library, or TorchSharp where they were built with <c>-p:TorchBackend=TorchSharp</c>.</summary>
internal static class TorchBackends
{
#if TORCHSHARP
    /// <summary>Whether functions can run in worker processes, which are the native library's.</summary>
    public static bool HasWorkers => false;

    public static ITorchBackend Create() => Torch2Jax.TorchSharp.TorchSharpBackend.Create();
#else
    /// <summary>Whether functions can run in worker processes, which are the native library's.</summary>
    public static bool HasWorkers => true;

    public static ITorchBackend Create() => NativeTorchBackend.Create();
#endif
}
