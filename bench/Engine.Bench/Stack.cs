using Torch2Jax.Functions;
using Torch2Jax.Registry;
using Torch2Jax.Torch;

namespace Torch2Jax.Bench;

/// <summary>Backend, registry and service, as a program of its own puts them together.</summary>
internal sealed class Stack : IAsyncDisposable
{
    private Stack(NativeTorchBackend backend, PostgresRegistry registry)
    {
        Backend = backend;
        Registry = registry;
        Functions = new FunctionService(backend, registry, new FunctionServiceOptions());
    }

    public NativeTorchBackend Backend { get; }

    public PostgresRegistry Registry { get; }

    public FunctionService Functions { get; }

    public static async Task<Stack> StartAsync(string data, string schema)
    {
        var backend = NativeTorchBackend.Create();
        backend.Threads = 1;
        var stack = new Stack(
            backend,
            await PostgresRegistry.OpenAsync(new RegistryOptions(null, data, schema), null, default)
        );
        await stack.Functions.StartAsync();
        await stack.Functions.WarmUp;
        return stack;
    }

    public async ValueTask DisposeAsync()
    {
        await Functions.DisposeAsync();
        await Registry.DisposeAsync();
        Backend.Dispose();
    }
}
