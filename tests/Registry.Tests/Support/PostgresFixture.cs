using System.Diagnostics.CodeAnalysis;
using Npgsql;
using Torch2Jax.Registry.Embedded;

namespace Torch2Jax.Registry.Tests.Support;

/// <summary>One server for all tests that leave it alone, a schema for each of them.</summary>
[SuppressMessage(
    "Design",
    "CA1001:Types that own disposable fields should be disposable",
    Justification = "IAsyncLifetime ends it."
)]
public sealed class PostgresFixture : IAsyncLifetime
{
    private readonly PrivateServer _server = new();
    private EmbeddedServer? _running;
    private int _schemas;

    public string ConnectionString => _running!.ConnectionString;

    public async Task InitializeAsync() => _running = await _server.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    public string NewSchema() => $"test_{Interlocked.Increment(ref _schemas)}";

    /// <summary>A registry in a new schema, or in one that another registry has.</summary>
    public Task<PostgresRegistry> OpenAsync(string? schema = null) =>
        PostgresRegistry.OpenAsync(
            new RegistryOptions(ConnectionString, null, schema ?? NewSchema()),
            null,
            CancellationToken.None
        );

    /// <summary>A way to look behind the registry.</summary>
    internal NpgsqlDataSource Source(string schema) =>
        Storage.DataSource.Create(ConnectionString, new SchemaName(schema));
}

[CollectionDefinition(Name)]
public sealed class PostgresCollection : ICollectionFixture<PostgresFixture>
{
    public const string Name = "PostgreSQL";
}
