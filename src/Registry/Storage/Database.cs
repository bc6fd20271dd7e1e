using System.Data;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;
using Npgsql;
using Torch2Jax.Errors;

namespace Torch2Jax.Registry.Storage;

/// <summary>
/// The way to the database: runs work on a connection, repeats what may be repeated, turns every failure of the database
/// into an EngineException, and remembers whether it answered last time.
/// </summary>
internal sealed class Database(NpgsqlDataSource source, ILogger logger) : IAsyncDisposable
{
    private const int Attempts = 4;
    private volatile bool _available = true;

    public NpgsqlDataSource Source => source;

    public bool Available => _available;

    /// <summary>Host, port and name.</summary>
    public string Address
    {
        get
        {
            var settings = new NpgsqlConnectionStringBuilder(source.ConnectionString);
            return $"{settings.Host}:{settings.Port}/{settings.Database}";
        }
    }

    /// <summary>Runs work that does no harm when it is done twice.</summary>
    public Task<T> ReadAsync<T>(Func<NpgsqlConnection, Task<T>> work, CancellationToken cancellationToken) =>
        RunAsync((connection, _) => work(connection), cancellationToken);

    /// <summary>
    /// Runs work in a transaction of its own. It may be repeated up to its commit; a commit whose outcome nobody knows is
    /// an error.
    /// </summary>
    public Task<T> WriteAsync<T>(Func<NpgsqlConnection, Task<T>> work, CancellationToken cancellationToken) =>
        WriteAsync((connection, _) => work(connection), cancellationToken);

    /// <summary>The same, for work that lets others into its transaction.</summary>
    public Task<T> WriteAsync<T>(
        Func<NpgsqlConnection, NpgsqlTransaction, Task<T>> work,
        CancellationToken cancellationToken
    ) =>
        RunAsync(
            async (connection, progress) =>
            {
                await using var transaction = await connection.BeginTransactionAsync(
                    // Each statement must see what was committed before it, whatever the server's default is.
                    IsolationLevel.ReadCommitted,
                    cancellationToken
                );
                var result = await work(connection, transaction);
                progress.CommitSent = true;
                // Not cancellable: once sent, its outcome is waited for.
                await transaction.CommitAsync(CancellationToken.None);
                return result;
            },
            cancellationToken
        );

    /// <summary>Makes a transaction durable before its answer, even where the server's default is not.</summary>
    public static NpgsqlBatchCommand Durably() =>
        new(
            """
            SELECT set_config('synchronous_commit', 'on', true)
            WHERE current_setting('synchronous_commit') = 'off'
            """
        );

    /// <summary>Says that the database answered.</summary>
    public void Answered()
    {
        if (!_available)
        {
            _available = true;
            Log.DatabaseBack(logger);
        }
    }

    /// <summary>Says that the database failed; that it refuses what somebody sent, or lost a race, is no failure of it.</summary>
    public void Failed(Exception exception)
    {
        var harmless =
            IsRefusedData(exception)
            || exception is PostgresException postgres && SqlStates.IsConflict(postgres.SqlState);
        if (_available && !harmless)
        {
            _available = false;
            Log.DatabaseAway(logger, exception.Message);
        }
    }

    /// <summary>Whether the data sent is at fault, so that sending it again cannot help.</summary>
    public static bool IsRefusedData(Exception exception) =>
        exception switch
        {
            PostgresException refused => SqlStates.IsRefusedData(refused.SqlState),
            // Text that is not UTF-16, found by the client.
            EncoderFallbackException => true,
            _ => exception.InnerException is EncoderFallbackException,
        };

    public ValueTask DisposeAsync() => source.DisposeAsync();

    private async Task<T> RunAsync<T>(
        Func<NpgsqlConnection, Progress, Task<T>> work,
        CancellationToken cancellationToken
    )
    {
        for (var attempt = 1; ; attempt++)
        {
            var progress = new Progress();
            try
            {
                await using var connection = await source.OpenConnectionAsync(cancellationToken);
                progress.Opened = true;
                var result = await work(connection, progress);
                Answered();
                return result;
            }
            catch (PostgresException conflict) when (SqlStates.IsConflict(conflict.SqlState) && attempt < Attempts)
            {
                await Task.Delay(Random.Shared.Next(5, 20 * attempt), cancellationToken);
            }
            catch (Exception broken)
                when (attempt == 1 && progress is { Opened: true, CommitSent: false } && IsBrokenConnection(broken))
            {
                // A pooled connection from before the server's restart: the others are as old.
                source.Clear();
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                throw;
            }
            catch (Exception exception) when (IsOfDatabase(exception))
            {
                Failed(exception);
                throw Translate(exception, progress.CommitSent);
            }
        }
    }

    private sealed class Progress
    {
        public bool Opened { get; set; }

        public bool CommitSent { get; set; }
    }

    /// <summary>Whether an exception came from the way to the database.</summary>
    public static bool IsOfDatabase(Exception exception) =>
        exception is NpgsqlException or SocketException or IOException or TimeoutException or EncoderFallbackException
        || exception.InnerException is EncoderFallbackException
        || exception is OperationCanceledException;

    private static bool IsBrokenConnection(Exception exception) =>
        exception switch
        {
            PostgresException postgres => postgres.SqlState.StartsWith("57P", StringComparison.Ordinal),
            NpgsqlException npgsql => npgsql.InnerException is IOException or SocketException,
            _ => exception is IOException or SocketException,
        };

    /// <summary>Everything but a server that answered and disliked the request.</summary>
    public static bool IsAway(Exception exception) =>
        exception is not PostgresException postgres
        || postgres.SqlState.StartsWith("57P", StringComparison.Ordinal)
        || postgres.SqlState.StartsWith("08", StringComparison.Ordinal)
        || postgres.SqlState.StartsWith("53", StringComparison.Ordinal);

    /// <summary>The error that callers see.</summary>
    public EngineException Translate(Exception exception, bool commitSent = false)
    {
        if (IsRefusedData(exception))
        {
            return Error(ErrorCode.MalformedRequest, Refusal(exception));
        }
        if (commitSent && exception is not PostgresException)
        {
            return Error(
                ErrorCode.RegistryUnavailable,
                "The registry's database went away before it confirmed the change. Send the request again: what is "
                    + "stored already is not stored twice."
            );
        }
        if (IsAway(exception))
        {
            return Error(
                ErrorCode.RegistryUnavailable,
                "The registry's database does not answer. Functions that are known here still do; try again later."
            );
        }
        Log.DatabaseRefused(logger, exception);
        return Error(
            ErrorCode.RegistryUnavailable,
            $"The registry's database refused the request (SQLSTATE {((PostgresException)exception).SqlState}); "
                + "the service's log has the reason."
        );

        EngineException Error(ErrorCode code, string text) => new(code, text, innerException: exception);
    }

    private static string Refusal(Exception exception) =>
        exception switch
        {
            PostgresException { SqlState: SqlStates.CheckViolation } check =>
                $"The registry does not store this: it breaks the rule '{check.ConstraintName}'.",
            PostgresException postgres
                when postgres.SqlState
                    is not (SqlStates.CharacterNotInRepertoire or SqlStates.UntranslatableCharacter) =>
                $"The registry's database refused the data (SQLSTATE {postgres.SqlState}).",
            _ => "The registry cannot store this text: U+0000 and lone surrogates are not allowed.",
        };
}
