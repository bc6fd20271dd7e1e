using System.Data.Common;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Torch2Jax.Batches;
using Torch2Jax.Errors;
using Torch2Jax.Functions;
using Torch2Jax.Registry.Auditing;
using Torch2Jax.Registry.Batches;
using Torch2Jax.Registry.Embedded;
using Torch2Jax.Registry.Keys;
using Torch2Jax.Registry.Migrating;
using Torch2Jax.Registry.Schedules;
using Torch2Jax.Registry.Storage;
using Torch2Jax.Registry.StoredArrays;
using Torch2Jax.Registry.Writing;
using Torch2Jax.Stored;

namespace Torch2Jax.Registry;

/// <summary>Functions and shape caches in PostgreSQL: docs/registry.md says what is durable when.</summary>
public sealed class PostgresRegistry : IFunctionRegistry
{
    private readonly Database _database;
    private readonly FunctionStore _functions;
    private readonly FunctionQueries _queries;
    private readonly ShapeCacheQueries _cache;
    private readonly ShapeCacheWriter _writer;
    private readonly KeyStore _keys;
    private readonly ArrayStore _arrays;
    private readonly ChangeListener _listener;
    private int _closed;

    private PostgresRegistry(
        Database database,
        RegistryOptions options,
        ILogger logger,
        ChangeCounts changes,
        Func<CancellationToken, Task> revive
    )
    {
        _database = database;
        _functions = new FunctionStore(database);
        Batches = new BatchStore(database);
        _queries = new FunctionQueries(database);
        _cache = new ShapeCacheQueries(database);
        _writer = new ShapeCacheWriter(database, options, logger);
        _keys = new KeyStore(database);
        Audit = new AuditLog(database);
        Schedules = new ScheduleStore(database);
        _arrays = new ArrayStore(database);
        _listener = new ChangeListener(
            database,
            options,
            changes,
            change => Raise(change, logger),
            _keys.Raise,
            () => _arrays.Raise(exception => Log.ChangeHandlerFailed(logger, exception)),
            revive
        );
    }

    /// <inheritdoc/>
    public event Action<FunctionChange>? Changed;

    /// <summary>Host, port and name of the database, <c>db.example:5432/torch2jax</c>; no user and no password.</summary>
    public string Address => _database.Address;

    /// <summary>Who may call the service that is in front of this registry.</summary>
    public IApiKeyStore Keys => _keys;

    /// <summary>Who changed what.</summary>
    public AuditLog Audit { get; }

    /// <summary>Batches and their chunks.</summary>
    public IBatchStore Batches { get; }

    /// <inheritdoc/>
    public IArrayStore Arrays => _arrays;

    /// <summary>When batches are made without anybody asking.</summary>
    public ScheduleStore Schedules { get; }

    /// <summary>Connections to the database, whose tables are the registry's: for what keeps its own beside them.</summary>
    public DbDataSource Connections => _database.Source;

    /// <inheritdoc/>
    public RegistryStatus Status => new(_database.Available, _writer.Waiting, _writer.Dropped);

    /// <summary>
    /// Opens the registry: starts the private server where no connection string is given, applies migrations, and begins
    /// to listen and write in the background.
    /// </summary>
    /// <exception cref="RegistrySetupException">The database cannot be used as it is.</exception>
    /// <exception cref="EngineException">It does not answer.</exception>
    public static async Task<PostgresRegistry> OpenAsync(
        RegistryOptions options,
        ILoggerFactory? loggerFactory,
        CancellationToken cancellationToken
    )
    {
        var logger = (loggerFactory ?? NullLoggerFactory.Instance).CreateLogger<PostgresRegistry>();
        var schema = new SchemaName(options.Schema);
        var connectionString = options.ConnectionString;
        Func<CancellationToken, Task> revive = _ => Task.CompletedTask;
        if (string.IsNullOrWhiteSpace(connectionString))
        {
            var server = await EmbeddedPostgres.StartAsync(options.DataDirectory, logger, cancellationToken);
            connectionString = server.ConnectionString;
            revive = token => EmbeddedPostgres.ReviveAsync(options.DataDirectory, logger, token);
        }
        var database = new Database(DataSource.Create(connectionString, schema), logger);
        try
        {
            await MigrateAsync(database, schema, options.OpenTimeout, logger, cancellationToken);
            var changes = await ChangeListener.CountAsync(database, cancellationToken);
            return new PostgresRegistry(database, options, logger, changes, revive);
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public Task<SavedVersion> SaveAsync(
        string name,
        FunctionContent content,
        FunctionDetails details,
        CancellationToken cancellationToken
    ) => _functions.SaveAsync(name, content, details, cancellationToken);

    /// <inheritdoc/>
    public Task<FunctionVersion?> FindAsync(string name, int? version, CancellationToken cancellationToken) =>
        _queries.FindAsync(name, version, cancellationToken);

    /// <inheritdoc/>
    public Task<bool> ExistsAsync(string name, CancellationToken cancellationToken) =>
        _queries.ExistsAsync(name, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<FunctionVersion>> ListAsync(
        string? prefix,
        string? after,
        int limit,
        CancellationToken cancellationToken
    ) => _queries.ListAsync(prefix, after, limit, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<FunctionVersion>> ListVersionsAsync(string name, CancellationToken cancellationToken) =>
        _queries.ListVersionsAsync(name, cancellationToken);

    /// <inheritdoc/>
    public Task<bool> DeleteAsync(string name, CancellationToken cancellationToken) =>
        _functions.DeleteAsync(name, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<ShapeCacheRecord>> LoadShapeCacheAsync(
        string name,
        int version,
        int limit,
        CancellationToken cancellationToken
    ) => _cache.LoadAsync(name, version, limit, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<ShapeCacheRecord>> LoadMostUsedAsync(
        int perFunction,
        int total,
        CancellationToken cancellationToken
    ) => _cache.LoadMostUsedAsync(perFunction, total, cancellationToken);

    /// <inheritdoc/>
    public Task<int> ClearShapeCacheAsync(string name, CancellationToken cancellationToken) =>
        _writer.ClearAsync(name, () => _cache.ClearAsync(name, _writer.Id, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public void QueueEntry(ShapeCacheRecord entry) => _writer.Queue(entry);

    /// <inheritdoc/>
    public void QueueHits(ShapeCacheKey key, long count, DateTimeOffset lastUsedAt) =>
        _writer.QueueHits(key, count, lastUsedAt);

    /// <inheritdoc/>
    public Task FlushAsync(CancellationToken cancellationToken) => _writer.FlushAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _closed, 1) == 0)
        {
            await _writer.DisposeAsync();
            await _listener.DisposeAsync();
            await _database.DisposeAsync();
        }
    }

    /// <summary>Each handler gets the change, whatever the others do with it.</summary>
    private void Raise(FunctionChange change, ILogger logger)
    {
        foreach (var handler in Delegate.EnumerateInvocationList(Changed))
        {
            try
            {
                handler(change);
            }
            catch (Exception exception)
            {
                Log.ChangeHandlerFailed(logger, exception);
            }
        }
    }

    /// <summary>A server that is just starting is waited for.</summary>
    private static async Task MigrateAsync(
        Database database,
        SchemaName schema,
        TimeSpan patience,
        ILogger logger,
        CancellationToken cancellationToken
    )
    {
        var migrator = new Migrator(database.Source, schema, logger, Migration.All);
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                await migrator.UpAsync(cancellationToken);
                await ShapeCacheQueries.ForgetWritersAsync(database, cancellationToken);
                return;
            }
            catch (PostgresException exception) when (!Database.IsAway(exception))
            {
                throw new RegistrySetupException(
                    $"The database refuses to be set up: {exception.MessageText} (SQLSTATE {exception.SqlState}). The "
                        + "role needs the right to create a schema, or to use a finished one.",
                    exception
                );
            }
            catch (Exception exception)
                when (Database.IsOfDatabase(exception) && !cancellationToken.IsCancellationRequested)
            {
                database.Failed(exception);
                if (Stopwatch.GetElapsedTime(start) > patience)
                {
                    throw database.Translate(exception);
                }
                await Task.Delay(TimeSpan.FromMilliseconds(300), cancellationToken);
            }
        }
    }
}
