using Torch2Jax.Tests.Torch;

namespace Torch2Jax.Isolation.Tests;

/// <summary>One pool for the tests that leave it as they found it.</summary>
public sealed class PoolFixture : IDisposable
{
    public IsolatedTorchBackend Backend { get; } = new(NativeFixture.Backend);

    public void Dispose() => Backend.Dispose();
}
