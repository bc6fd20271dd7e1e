using Npgsql;
using Torch2Jax.Functions;
using Torch2Jax.Registry.Storage;

namespace Torch2Jax.Registry;

/// <summary>
/// Raises changes of functions, its own process's included. The count of changes in the database is the truth; a
/// notification only says that it is worth a look before the next poll is due, so one that is lost costs a second.
/// </summary>
internal sealed class ChangeListener : IAsyncDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private readonly Database _database;
    private readonly RegistryOptions _options;
    private readonly Action<FunctionChange> _raise;
    private readonly Func<CancellationToken, Task> _revive;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;
    private long _seen;

    /// <param name="database">Where to listen.</param>
    /// <param name="options">How often to poll.</param>
    /// <param name="seen">The count of changes when the registry was opened.</param>
    /// <param name="raise">Gets each change; does not throw.</param>
    /// <param name="revive">Asked, while the database is away, to start it where that is this program's affair.</param>
    public ChangeListener(
        Database database,
        RegistryOptions options,
        long seen,
        Action<FunctionChange> raise,
        Func<CancellationToken, Task> revive
    )
    {
        (_database, _options, _seen, _raise, _revive) = (database, options, seen, raise, revive);
        _loop = Task.Run(RunAsync);
    }

    public static Task<long> CountAsync(Database database, CancellationToken cancellationToken) =>
        database.ReadAsync(
            async connection =>
            {
                await using var command = new NpgsqlCommand("SELECT changes FROM registry_state", connection);
                return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
            },
            cancellationToken
        );

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        var pause = FirstPause;
        var first = true;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await ListenAsync(first, () => pause = FirstPause);
            }
            catch (Exception exception) when (!_stop.IsCancellationRequested)
            {
                _database.Failed(exception);
                first = false;
            }
            catch (Exception) when (_stop.IsCancellationRequested)
            {
                return;
            }
            try
            {
                await _revive(_stop.Token);
                await Task.Delay(pause, _stop.Token);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks));
        }
    }

    private async Task ListenAsync(bool first, Action connected)
    {
        await using var connection = await _database.Source.OpenConnectionAsync(_stop.Token);
        await using (var listen = new NpgsqlCommand("LISTEN torch2jax_functions", connection))
        {
            await listen.ExecuteNonQueryAsync(_stop.Token);
        }
        connected();
        if (!first)
        {
            // The database may be another one now (a replica, a backup): what it counts may not tell all.
            (_seen, _) = await LookAsync(connection);
            _raise(new FunctionChange(null));
        }
        while (true)
        {
            var (count, names) = await LookAsync(connection);
            _database.Answered();
            if (count < _seen)
            {
                _raise(new FunctionChange(null));
            }
            _seen = count;
            foreach (var name in names)
            {
                _raise(new FunctionChange(name));
            }
            await connection.WaitAsync(_options.PollInterval, _stop.Token);
        }
    }

    private async Task<(long Count, List<string> Names)> LookAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand(
            """
            SELECT s.changes, f.name
            FROM registry_state s LEFT JOIN functions f ON f.changed > $1
            ORDER BY f.changed
            """,
            connection
        )
        {
            Parameters = { new() { Value = _seen } },
        };
        await using var reader = await command.ExecuteReaderAsync(_stop.Token);
        long count = 0;
        var names = new List<string>();
        while (await reader.ReadAsync(_stop.Token))
        {
            count = reader.GetInt64(0);
            if (!reader.IsDBNull(1))
            {
                names.Add(reader.GetString(1));
            }
        }
        return (count, names);
    }
}
