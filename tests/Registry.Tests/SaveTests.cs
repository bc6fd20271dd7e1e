using System.Text;
using Npgsql;
using Torch2Jax.Errors;
using Torch2Jax.Functions;
using Torch2Jax.Registry.Tests.Support;

namespace Torch2Jax.Registry.Tests;

[Collection(PostgresCollection.Name)]
public sealed class SaveTests(PostgresFixture postgres)
{
    [Fact]
    public async Task What_is_saved_comes_back_as_it_was()
    {
        await using var registry = await postgres.OpenAsync();
        var content = new FunctionContent(
            "def f(x: Tensor, größe: int) -> Tensor:\n    return x\n",
            null,
            "f",
            false,
            "[1]",
            """{"b":2}""",
            """{"$tuple":[]}""",
            "expand_dims",
            "[0]"
        );
        var details = new FunctionDetails("sig", "tree", "key", "[]", ["first", "zweite Größe"], "what it does");

        var saved = await registry.SaveAsync("f.g-h_1", content, details, default);
        var found = await registry.FindAsync("f.g-h_1", null, default);

        Assert.True(saved.Created);
        Assert.Equal(1, saved.Version.Version);
        Assert.Equal(content, found!.Content);
        Assert.Equal(details with { Warnings = found.Details.Warnings }, found.Details);
        Assert.Equal(details.Warnings, found.Details.Warnings);
        Assert.Equal(saved.Version.Sha256, found.Sha256);
        Assert.Equal(saved.Version.CreatedAt, found.CreatedAt);
        Assert.Equal(TimeSpan.Zero, found.CreatedAt.Offset);
        Assert.Equal(found.Sha256, (await registry.FindAsync("f.g-h_1", 1, default))!.Sha256);
        Assert.Null(await registry.FindAsync("f.g-h_1", 2, default));
        Assert.Null(await registry.FindAsync("F.g-h_1", null, default));
    }

    [Fact]
    public async Task An_archive_comes_back_whole_and_lists_leave_its_bytes_out()
    {
        await using var registry = await postgres.OpenAsync();
        var bytes = new byte[3_000_000];
        new Random(5).NextBytes(bytes);

        await registry.SaveAsync("module", Samples.Archive(bytes), Samples.Details, default);

        var found = await registry.FindAsync("module", null, default);
        Assert.True(found!.Content.Archive!.Value.Span.SequenceEqual(bytes));
        Assert.Null(found.Content.Source);
        var listed = Assert.Single(await registry.ListAsync(null, null, 10, default));
        Assert.Equal(0, listed.Content.Archive!.Value.Length);
        Assert.Equal(
            0,
            Assert.Single(await registry.ListVersionsAsync("module", default)).Content.Archive!.Value.Length
        );
    }

    [Fact]
    public async Task The_latest_content_again_is_the_same_version_and_an_older_one_is_a_new_version()
    {
        await using var registry = await postgres.OpenAsync();

        var first = await registry.SaveAsync("f", "a");
        var same = await registry.SaveAsync(
            "f",
            Samples.Content("a"),
            Samples.Details with
            {
                Description = "x",
            },
            default
        );
        var second = await registry.SaveAsync("f", "b");
        var older = await registry.SaveAsync("f", "a");

        Assert.Equal((1, false), (same.Version.Version, same.Created));
        Assert.Equal(first.Version.CreatedAt, same.Version.CreatedAt);
        Assert.Equal("d", same.Version.Details.Description);
        Assert.Equal((2, true), (second.Version.Version, second.Created));
        Assert.Equal((3, true), (older.Version.Version, older.Created));
        Assert.Equal(first.Version.Sha256, older.Version.Sha256);
        Assert.Equal([1, 2, 3], (await registry.ListVersionsAsync("f", default)).Select(one => one.Version));
    }

    [Fact]
    public async Task Version_numbers_go_on_after_a_delete()
    {
        await using var registry = await postgres.OpenAsync();
        await registry.SaveAsync("f", "a");
        await registry.SaveAsync("f", "b");

        Assert.True(await registry.DeleteAsync("f", default));
        Assert.False(await registry.DeleteAsync("f", default));
        Assert.False(await registry.ExistsAsync("f", default));
        Assert.Null(await registry.FindAsync("f", null, default));
        Assert.Null(await registry.FindAsync("f", 2, default));
        Assert.Empty(await registry.ListAsync(null, null, 10, default));
        Assert.Empty(await registry.ListVersionsAsync("f", default));

        var again = await registry.SaveAsync("f", "b");
        Assert.Equal((3, true), (again.Version.Version, again.Created));
        Assert.True(await registry.ExistsAsync("f", default));
    }

    [Fact]
    public async Task Sixteen_savers_of_one_name_in_two_registries_lose_nothing()
    {
        var schema = postgres.NewSchema();
        await using var one = await postgres.OpenAsync(schema);
        await using var other = await postgres.OpenAsync(schema);

        var saved = await Task.WhenAll(
            Enumerable
                .Range(0, 16)
                .Select(saver =>
                    Task.Run(async () =>
                    {
                        var versions = new List<FunctionVersion>();
                        for (var index = 0; index < 10; index++)
                        {
                            var registry = saver % 2 == 0 ? one : other;
                            var answer = await registry.SaveAsync("shared", $"# {saver} {index}");
                            Assert.True(answer.Created);
                            versions.Add(answer.Version);
                        }
                        return versions;
                    })
                )
        );

        var stored = await one.ListVersionsAsync("shared", default);
        Assert.Equal(Enumerable.Range(1, 160), stored.Select(version => version.Version));
        Assert.All(
            saved.SelectMany(versions => versions),
            version => Assert.Equal(version.Content.Source, stored[version.Version - 1].Content.Source)
        );
        Assert.Equal(160, (await other.FindAsync("shared", null, default))!.Version);
    }

    [Fact]
    public async Task The_same_content_from_sixteen_savers_is_one_version()
    {
        await using var registry = await postgres.OpenAsync();

        var saved = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(() => registry.SaveAsync("same"))));

        Assert.Single(saved, one => one.Created);
        Assert.All(saved, one => Assert.Equal(1, one.Version.Version));
    }

    [Theory]
    [InlineData("nul", "a\0b")]
    [InlineData("surrogate", "a(lone surrogate)b")]
    [InlineData("", "a")]
    [InlineData("1f", "a")]
    [InlineData("f@1", "a")]
    [InlineData("f\n", "a")]
    [InlineData("ä", "a")]
    [InlineData("f\0", "a")]
    public async Task What_cannot_be_stored_is_a_malformed_request_and_changes_nothing(string name, string source)
    {
        await using var registry = await postgres.OpenAsync();
        // An attribute cannot hold one.
        source = source.Replace("(lone surrogate)", "\ud800", StringComparison.Ordinal);

        var error = await Assert.ThrowsAsync<EngineException>(() => registry.SaveAsync(name, source));

        Assert.Equal(ErrorCode.MalformedRequest, error.Code);
        Assert.Empty(await registry.ListAsync(null, null, 10, default));
        Assert.True(registry.Status.Available);
        Assert.True((await registry.SaveAsync("good")).Created);
    }

    [Fact]
    public async Task Rules_of_the_database_are_malformed_requests_that_name_the_rule()
    {
        await using var registry = await postgres.OpenAsync();

        var method = await Assert.ThrowsAsync<EngineException>(() =>
            registry.SaveAsync("f", Samples.Content() with { VmapMethod = "magic" }, Samples.Details, default)
        );
        var both = await Assert.ThrowsAsync<EngineException>(() =>
            registry.SaveAsync("f", Samples.Content() with { Archive = new byte[3] }, Samples.Details, default)
        );

        Assert.Equal(ErrorCode.MalformedRequest, method.Code);
        Assert.Contains("function_versions_vmap_method", method.Message, StringComparison.Ordinal);
        Assert.Equal(ErrorCode.MalformedRequest, both.Code);
        Assert.False(await registry.ExistsAsync("f", default));
    }

    [Theory]
    [InlineData("f\0")]
    [InlineData("no such")]
    [InlineData("")]
    public async Task Names_that_nothing_can_have_are_simply_not_there(string name)
    {
        await using var registry = await postgres.OpenAsync();

        Assert.Null(await registry.FindAsync(name, null, default));
        Assert.False(await registry.ExistsAsync(name, default));
        Assert.False(await registry.DeleteAsync(name, default));
        Assert.Empty(await registry.ListVersionsAsync(name, default));
        Assert.Empty(await registry.LoadShapeCacheAsync(name, 1, 10, default));
        Assert.Equal(0, await registry.ClearShapeCacheAsync(name, default));
    }

    [Fact]
    public async Task A_save_is_durable_even_where_the_server_s_default_is_not()
    {
        var schema = postgres.NewSchema();
        var lax = new NpgsqlConnectionStringBuilder(postgres.ConnectionString)
        {
            Options = "-c synchronous_commit=off",
        };
        await using var registry = await PostgresRegistry.OpenAsync(
            new RegistryOptions(lax.ConnectionString, null, schema),
            null,
            default
        );
        await using var source = postgres.Source(schema);
        // The setting that each commit ran under, seen from inside the transaction.
        await using var watch = source.CreateCommand(
            """
            CREATE TABLE seen (setting text);
            CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN INSERT INTO seen VALUES (current_setting('synchronous_commit')); RETURN NULL; END $$;
            CREATE CONSTRAINT TRIGGER watch AFTER INSERT ON function_versions
                DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION watch();
            """
        );
        await watch.ExecuteNonQueryAsync();

        await registry.SaveAsync("f");

        await using var read = source.CreateCommand("SELECT string_agg(setting, ',') FROM seen");
        Assert.Equal("on", await read.ExecuteScalarAsync());
    }

    [Theory]
    [InlineData("40001")]
    [InlineData("40P01")]
    public async Task A_save_that_the_server_undid_for_another_s_sake_is_tried_again(string state)
    {
        var schema = postgres.NewSchema();
        await using var registry = await postgres.OpenAsync(schema);
        await using var source = postgres.Source(schema);
        await using var hinder = source.CreateCommand(
            $"""
            CREATE SEQUENCE tries;
            CREATE FUNCTION hinder() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN IF nextval('tries') < 3 THEN RAISE EXCEPTION 'no' USING ERRCODE = '{state}'; END IF; RETURN NEW; END $$;
            CREATE TRIGGER hinder BEFORE INSERT ON function_versions FOR EACH ROW EXECUTE FUNCTION hinder();
            """
        );
        await hinder.ExecuteNonQueryAsync();

        var saved = await registry.SaveAsync("f");

        Assert.Equal((1, true), (saved.Version.Version, saved.Created));
        Assert.True(registry.Status.Available);
    }

    [Fact]
    public async Task A_database_that_refuses_the_service_is_unavailable_and_not_quoted()
    {
        var schema = postgres.NewSchema();
        await using var registry = await postgres.OpenAsync(schema);
        await using var source = postgres.Source(schema);
        await using var drop = source.CreateCommand($"DROP SCHEMA {schema} CASCADE");
        await drop.ExecuteNonQueryAsync();

        var error = await Assert.ThrowsAsync<EngineException>(() => registry.SaveAsync("f"));

        Assert.Equal(ErrorCode.RegistryUnavailable, error.Code);
        Assert.Contains("SQLSTATE 42P01", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("functions\"", error.Message, StringComparison.Ordinal);
        Assert.False(registry.Status.Available);
    }

    [Fact]
    public async Task A_cancelled_save_throws_the_cancellation()
    {
        await using var registry = await postgres.OpenAsync();
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            registry.SaveAsync("f", Samples.Content(), Samples.Details, cancelled.Token)
        );
        Assert.True(registry.Status.Available);
    }

    [Fact]
    public async Task A_text_of_many_kinds_of_characters_survives()
    {
        await using var registry = await postgres.OpenAsync();
        var text = new StringBuilder("# ");
        for (var rune = 1; rune < 0x11000; rune += 37)
        {
            if (Rune.IsValid(rune))
            {
                text.Append(new Rune(rune));
            }
        }

        await registry.SaveAsync("f", text.ToString());

        Assert.Equal(text.ToString(), (await registry.FindAsync("f", null, default))!.Content.Source);
    }
}
