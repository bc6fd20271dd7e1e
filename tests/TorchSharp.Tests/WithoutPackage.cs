namespace Torch2Jax.TorchSharp.Tests;

public sealed class WithoutPackage
{
    [SkippableFact]
    public void The_backend_gives_what_the_native_library_gives() =>
        Skip.If(true, "built without the package TorchSharp (docs/torchsharp.md): -p:TorchBackend=TorchSharp tests it");
}
