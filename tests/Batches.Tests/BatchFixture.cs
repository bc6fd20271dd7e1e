using System.Diagnostics.CodeAnalysis;
using Torch2Jax.Functions;
using Torch2Jax.Registry;
using Torch2Jax.Registry.Tests.Support;
using Torch2Jax.Torch;

namespace Torch2Jax.Batches.Tests;

/// <summary>One database and one engine for all tests, with the functions that they call.</summary>
[SuppressMessage(
    "Design",
    "CA1001:Types that own disposable fields should be disposable",
    Justification = "IAsyncLifetime ends it."
)]
public sealed class BatchFixture : IAsyncLifetime
{
    private readonly PrivateServer server = new();

    public NativeTorchBackend Backend { get; } = NativeTorchBackend.Create();

    public PostgresRegistry Registry { get; private set; } = null!;

    public FunctionService Functions { get; private set; } = null!;

    public string ConnectionString { get; private set; } = "";

    public async Task InitializeAsync()
    {
        Backend.Threads = 1;
        ConnectionString = (await server.StartAsync()).ConnectionString;
        Registry = await OpenRegistryAsync();
        Functions = new FunctionService(Backend, Registry);
        await Functions.StartAsync();
        foreach (var (name, source) in Sources)
        {
            await Functions.RegisterAsync(new RegistrationRequest(name, source));
        }
    }

    public async Task DisposeAsync()
    {
        await Functions.DisposeAsync();
        await Registry.DisposeAsync();
        Backend.Dispose();
        await server.DisposeAsync();
    }

    public Task<PostgresRegistry> OpenRegistryAsync() =>
        PostgresRegistry.OpenAsync(
            new RegistryOptions(ConnectionString, null, "batches"),
            null,
            CancellationToken.None
        );

    public BatchService Service(BatchServiceOptions? options = null, IBatchStore? store = null) =>
        new(Functions, Backend, store ?? Registry.Batches, options ?? new() { Lease = TimeSpan.FromSeconds(2) });

    private static IEnumerable<(string Name, string Source)> Sources =>
        [
            ("wave", "def wave(x: Tensor) -> Tensor:\n    return torch.sin(x) * 2.0 + x\n"),
            ("total", "def total(x: Tensor) -> Tensor:\n    return x.sum()\n"),
            ("columns", "def columns(x: Tensor) -> Tensor:\n    return x.t() * 3.0\n"),
            ("pair", "def pair(x: Tensor, w: Tensor) -> Tuple[Tensor, Tensor]:\n    return x @ w, x.sum(1)\n"),
            ("noise", "def noise(x: Tensor) -> Tensor:\n    return x + torch.rand_like(x)\n"),
            (
                "picky",
                "def picky(x: Tensor) -> Tensor:\n    if bool((x < 0).any()):\n        raise ValueError('negative')\n    return x.sqrt()\n"
            ),
            (
                "model",
                "def model(params: Dict[str, Tensor], x: Tensor) -> Tensor:\n    return x @ params['w'] + params['b']\n"
            ),
            (
                "spin",
                "def spin(x: Tensor) -> Tensor:\n    y = x\n    for i in range(int(x.max())):\n        y = torch.sin(y)\n    return y\n"
            ),
            ("kept", "def kept(x: Tensor) -> Tensor:\n    return x[x > 0]\n"),
        ];
}

[CollectionDefinition(Name)]
public sealed class BatchCollection : ICollectionFixture<BatchFixture>
{
    public const string Name = "Batches";
}
