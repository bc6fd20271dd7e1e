using Npgsql;
using Torch2Jax.Functions;
using Torch2Jax.Registry.Storage;

namespace Torch2Jax.Registry;

/// <summary>
/// Raises changes of functions, of keys and of stored arrays, its own process's included. The counts of changes in the database are the truth;
/// a notification only says that it is worth a look before the next poll is due, so one that is lost costs a second.
/// </summary>
internal sealed class ChangeListener : IAsyncDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private readonly Database _database;
    private readonly RegistryOptions _options;
    private readonly Action<FunctionChange> _raise;
    private readonly Action _raiseKeys;
    private readonly Action _raiseArrays;
    private readonly Func<CancellationToken, Task> _revive;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;
    private ChangeCounts _seen;

    /// <param name="database">Where to listen.</param>
    /// <param name="options">How often to poll.</param>
    /// <param name="seen">The counts of changes when the registry was opened.</param>
    /// <param name="raise">Gets each change; does not throw.</param>
    /// <param name="raiseKeys">Called when keys changed; does not throw, nor wait.</param>
    /// <param name="raiseArrays">Called when names of stored arrays changed; does not throw, nor wait.</param>
    /// <param name="revive">Asked, while the database is away, to start it where that is this program's affair.</param>
    public ChangeListener(
        Database database,
        RegistryOptions options,
        ChangeCounts seen,
        Action<FunctionChange> raise,
        Action raiseKeys,
        Action raiseArrays,
        Func<CancellationToken, Task> revive
    )
    {
        (_database, _options, _raise, _revive) = (database, options, raise, revive);
        (_raiseKeys, _raiseArrays) = (raiseKeys, raiseArrays);
        _seen = seen;
        _loop = Task.Run(RunAsync);
    }

    public static Task<ChangeCounts> CountAsync(Database database, CancellationToken cancellationToken) =>
        database.ReadAsync(
            async connection =>
            {
                await using var command = new NpgsqlCommand(
                    "SELECT s.changes, s.key_changes, a.changes FROM registry_state s, array_state a",
                    connection
                );
                await using var row = await command.ExecuteReaderAsync(cancellationToken);
                await row.ReadAsync(cancellationToken);
                return new ChangeCounts(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2));
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
        await using (
            var listen = new NpgsqlCommand(
                "LISTEN torch2jax_functions; LISTEN torch2jax_keys; LISTEN torch2jax_arrays",
                connection
            )
        )
        {
            await listen.ExecuteNonQueryAsync(_stop.Token);
        }
        connected();
        if (!first)
        {
            // The database may be another one now (a replica, a backup): what it counts may not tell all.
            (_seen, _) = await LookAsync(connection);
            _raise(new FunctionChange(null));
            _raiseKeys();
            _raiseArrays();
        }
        while (true)
        {
            var (counts, names) = await LookAsync(connection);
            var before = _seen;
            _seen = counts;
            _database.Answered();
            if (counts.Functions < before.Functions)
            {
                _raise(new FunctionChange(null));
            }
            foreach (var name in names)
            {
                _raise(new FunctionChange(name));
            }
            if (counts.Keys != before.Keys)
            {
                _raiseKeys();
            }
            if (counts.Arrays != before.Arrays)
            {
                _raiseArrays();
            }
            await connection.WaitAsync(_options.PollInterval, _stop.Token);
        }
    }

    private async Task<(ChangeCounts Counts, List<string> Names)> LookAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand(
            """
            SELECT s.changes, s.key_changes, a.changes, f.name
            FROM registry_state s CROSS JOIN array_state a LEFT JOIN functions f ON f.changed > $1
            ORDER BY f.changed
            """,
            connection
        )
        {
            Parameters = { new() { Value = _seen.Functions } },
        };
        await using var reader = await command.ExecuteReaderAsync(_stop.Token);
        var counts = default(ChangeCounts);
        var names = new List<string>();
        while (await reader.ReadAsync(_stop.Token))
        {
            counts = new ChangeCounts(reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2));
            if (!reader.IsDBNull(3))
            {
                names.Add(reader.GetString(3));
            }
        }
        return (counts, names);
    }
}

/// <summary>How often each kind of thing changed.</summary>
/// <param name="Functions">Functions.</param>
/// <param name="Keys">Keys.</param>
/// <param name="Arrays">Names of stored arrays.</param>
internal readonly record struct ChangeCounts(long Functions, long Keys, long Arrays);
