using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Torch2Jax.Registry.Migrating;
using Torch2Jax.Registry.Tests.Support;

namespace Torch2Jax.Registry.Tests;

[Collection(PostgresCollection.Name)]
public sealed class MigrationTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Every_step_is_applied_once_and_recorded_with_its_hash()
    {
        var (source, migrator) = Prepare(postgres.NewSchema());
        await using var _ = source;

        Assert.Equal(Migration.All.Count, await migrator.UpAsync(default));
        Assert.Equal(0, await migrator.UpAsync(default));

        var applied = await ReadAsync(
            source,
            "SELECT version || ' ' || name || ' ' || sha256 FROM migrations ORDER BY version"
        );
        Assert.Equal(Migration.All.Select(one => $"{one.Version} {one.Name} {one.Sha256}"), applied);
        Assert.All(Migration.All, one => Assert.Matches("^[0-9a-f]{64}$", one.Sha256));
    }

    [Fact]
    public async Task Eight_processes_that_start_at_once_apply_each_step_once()
    {
        var schema = postgres.NewSchema();

        var steps = await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(_ =>
                    Task.Run(async () =>
                    {
                        var (source, migrator) = Prepare(schema);
                        await using var __ = source;
                        return await migrator.UpAsync(default);
                    })
                )
        );

        Assert.Equal(Migration.All.Count, steps.Sum());
    }

    [Fact]
    public async Task Down_takes_everything_back_and_up_makes_the_same_again()
    {
        var (source, migrator) = Prepare(postgres.NewSchema());
        await using var _ = source;
        await migrator.UpAsync(default);
        var before = await StructureAsync(source);
        Assert.Contains(before, line => line.StartsWith("shape_cache.hits", StringComparison.Ordinal));

        await migrator.DownAsync(1, default);
        Assert.DoesNotContain(
            await StructureAsync(source),
            line => line.StartsWith("shape_cache", StringComparison.Ordinal)
        );
        await migrator.DownAsync(0, default);
        Assert.All(
            await StructureAsync(source),
            line => Assert.StartsWith("migrations", line, StringComparison.Ordinal)
        );

        Assert.Equal(Migration.All.Count, await migrator.UpAsync(default));
        Assert.Equal(before, await StructureAsync(source));
    }

    [Fact]
    public async Task A_step_that_fails_leaves_nothing_of_itself()
    {
        var schema = postgres.NewSchema();
        var broken = new Migration(
            Migration.All.Count + 1,
            "broken",
            "CREATE TABLE half (a integer); SELECT 1 / 0;",
            "DROP TABLE half"
        );
        var (source, migrator) = Prepare(schema, [.. Migration.All, broken]);
        await using var _ = source;

        await Assert.ThrowsAsync<PostgresException>(() => migrator.UpAsync(default));

        Assert.Equal([$"{Migration.All.Count}"], await ReadAsync(source, "SELECT max(version)::text FROM migrations"));
        Assert.Equal(["false"], await ReadAsync(source, "SELECT (to_regclass('half') IS NOT NULL)::text"));
        await using var registry = await postgres.OpenAsync(schema);
        Assert.True((await registry.SaveAsync("f")).Created);
    }

    [Fact]
    public async Task A_database_newer_than_the_program_is_an_error_that_says_so()
    {
        var schema = postgres.NewSchema();
        var (source, migrator) = Prepare(
            schema,
            [.. Migration.All, new Migration(Migration.All.Count + 1, "future", "SELECT 1", "SELECT 1")]
        );
        await using var _ = source;
        await migrator.UpAsync(default);

        var error = await Assert.ThrowsAsync<RegistrySetupException>(() => postgres.OpenAsync(schema));

        Assert.Contains("newer than this program", error.Message, StringComparison.Ordinal);
        Assert.Contains("future", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_step_that_is_not_the_program_s_own_is_an_error()
    {
        var schema = postgres.NewSchema();
        var (source, migrator) = Prepare(
            schema,
            [Migration.All[0] with { Up = Migration.All[0].Up + "\n-- changed\n" }]
        );
        await using var _ = source;
        await migrator.UpAsync(default);

        var error = await Assert.ThrowsAsync<RegistrySetupException>(() => postgres.OpenAsync(schema));

        Assert.Contains("different build", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_role_that_may_only_read_and_write_can_use_a_finished_schema()
    {
        var schema = postgres.NewSchema();
        var (source, migrator) = Prepare(schema);
        await using var _ = source;
        await migrator.UpAsync(default);
        // The registry's role gives up, in this connection, all but what a finished schema asks for.
        var admin = new NpgsqlConnectionStringBuilder(postgres.ConnectionString) { Username = "postgres" };
        await using var owner = NpgsqlDataSource.Create(admin.ConnectionString);
        await using var grant = owner.CreateCommand(
            $"""
            CREATE ROLE limited_{schema};
            GRANT limited_{schema} TO torch2jax;
            GRANT USAGE ON SCHEMA {schema} TO limited_{schema};
            GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO limited_{schema};
            """
        );
        await grant.ExecuteNonQueryAsync();
        var limited = new NpgsqlConnectionStringBuilder(postgres.ConnectionString)
        {
            Options = $"-c role=limited_{schema}",
        };

        await using var registry = await PostgresRegistry.OpenAsync(
            new(limited.ConnectionString, null, schema),
            null,
            default
        );

        Assert.True((await registry.SaveAsync("f")).Created);
        Assert.True(await registry.DeleteAsync("f", default));
    }

    [Theory]
    [InlineData("Upper")]
    [InlineData("a\"b")]
    [InlineData("a;b")]
    [InlineData("")]
    [InlineData("1a")]
    [InlineData("a\n")]
    [InlineData("pg_x")]
    public async Task A_schema_whose_name_could_be_more_than_a_name_is_refused(string schema)
    {
        await Assert.ThrowsAsync<RegistrySetupException>(() => postgres.OpenAsync(schema));
    }

    [Fact]
    public async Task A_keyword_may_be_a_schema()
    {
        await using var registry = await postgres.OpenAsync("select");

        Assert.True((await registry.SaveAsync("f")).Created);
    }

    private (NpgsqlDataSource Source, Migrator Migrator) Prepare(
        string schema,
        IReadOnlyList<Migration>? migrations = null
    )
    {
        var source = postgres.Source(schema);
        return (source, new Migrator(source, new SchemaName(schema), NullLogger.Instance, migrations ?? Migration.All));
    }

    /// <summary>Columns, constraints and indexes of the schema, in words.</summary>
    private static Task<List<string>> StructureAsync(NpgsqlDataSource source) =>
        ReadAsync(
            source,
            """
            SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || coalesce(column_default, '')
            FROM information_schema.columns WHERE table_schema = current_schema()
            UNION ALL
            SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
            FROM pg_constraint WHERE connamespace = current_schema()::regnamespace
            UNION ALL
            SELECT tablename || ' ' || indexdef FROM pg_indexes WHERE schemaname = current_schema()
            ORDER BY 1
            """
        );

    private static async Task<List<string>> ReadAsync(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync())
        {
            rows.Add(reader.GetString(0));
        }
        return rows;
    }
}
