using Npgsql;
using Torch2Jax.Errors;
using Torch2Jax.Functions;
using Torch2Jax.Registry.Auditing;
using Torch2Jax.Registry.Keys;
using Torch2Jax.Registry.Tests.Support;

namespace Torch2Jax.Registry.Tests;

[Collection(PostgresCollection.Name)]
public sealed class AuditTests(PostgresFixture postgres)
{
    private const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";

    [Fact]
    public async Task Every_change_has_a_row_and_what_changes_nothing_has_none()
    {
        await using var registry = await postgres.OpenAsync();
        var saved = await registry.SaveAsync("f", "a");
        await registry.SaveAsync("f", "a");
        await registry.ClearShapeCacheAsync("f", default);
        await registry.DeleteAsync("f", default);
        await registry.DeleteAsync("f", default);
        var key = (await registry.Keys.AddAsync(new("n", KeyRole.Reader), false, default)).Key;
        await registry.Keys.RevokeAsync($"{key.Id}", false, default);
        await registry.Keys.RevokeAsync($"{key.Id}", false, default);

        var rows = await registry.Audit.ListAsync(null, 100, default);

        Assert.Equal(["key_revoke", "key_add", "delete", "clear_cache", "register"], rows.Select(row => row.Action));
        Assert.Equal([key.Id, key.Id, null, null, null], rows.Select(row => row.TargetKeyId));
        Assert.Equal([null, null, "f", "f", "f"], rows.Select(row => row.Function));
        Assert.Equal((1, saved.Version.Sha256), (rows[4].Version, rows[4].Sha256));
        Assert.All(rows, row => Assert.Equal("program", row.Actor));
    }

    [Fact]
    public async Task Rows_that_are_older_than_they_are_kept_are_forgotten()
    {
        await using var registry = await postgres.OpenAsync();
        await registry.SaveAsync("f", "a");
        await registry.SaveAsync("f", "b");
        var first = (await registry.Audit.ListAsync(null, 100, default))[^1];
        await Task.Delay(20);
        Assert.Equal(0, await registry.Audit.ForgetAsync(TimeSpan.FromDays(1), default));
        Assert.Equal(2, await registry.Audit.ForgetAsync(TimeSpan.FromMilliseconds(1), default));
        Assert.Empty(await registry.Audit.ListAsync(null, 100, default));
        Assert.Equal("register", first.Action);
    }

    [Fact]
    public async Task A_row_names_who_asked()
    {
        await using var registry = await postgres.OpenAsync();
        var key = (await registry.Keys.AddAsync(new("nightly", KeyRole.Author), false, default)).Key;
        ChangeOrigin.Current = new ChangeOrigin(ChangeActor.Key, key.Id, key.Name, Trace);
        await registry.SaveAsync("f");
        ChangeOrigin.Current = new ChangeOrigin(ChangeActor.Command);
        await registry.DeleteAsync("f", default);

        var rows = await registry.Audit.ListAsync(null, 2, default);

        Assert.Equal(("command", null, null, null), (rows[0].Actor, rows[0].KeyId, rows[0].KeyName, rows[0].TraceId));
        Assert.Equal(
            ("key", key.Id, "nightly", Trace),
            (rows[1].Actor, rows[1].KeyId, rows[1].KeyName, rows[1].TraceId)
        );
    }

    [Fact]
    public async Task A_change_without_its_row_does_not_happen()
    {
        await using var registry = await postgres.OpenAsync();
        ChangeOrigin.Current = new ChangeOrigin(ChangeActor.Key, 4711, "nobody");

        // The key is none, so that the row is refused, and with it the change.
        await Assert.ThrowsAsync<EngineException>(() => registry.SaveAsync("f"));

        Assert.Null(await registry.FindAsync("f", null, default));
    }

    [Fact]
    public async Task Pages_follow_each_other_without_a_gap()
    {
        await using var registry = await postgres.OpenAsync();
        for (var i = 0; i < 7; i++)
        {
            await registry.SaveAsync($"f{i}");
        }

        var names = new List<string?>();
        long? before = null;
        while (await registry.Audit.ListAsync(before, 3, default) is { Count: > 0 } page)
        {
            names.AddRange(page.Select(row => row.Function));
            before = page[^1].Id;
        }

        Assert.Equal(Enumerable.Range(0, 7).Reverse().Select(i => $"f{i}"), names);
    }

    [Theory]
    [InlineData("actor = 'somebody'", "audit_actor")]
    [InlineData("action = 'guess'", "audit_action")]
    [InlineData("actor = 'key'", "audit_key")]
    [InlineData("function = NULL", "audit_subject")]
    [InlineData("version = NULL", "audit_content")]
    [InlineData("trace_id = 'x'", "audit_trace_id")]
    public async Task The_database_itself_refuses_rows_that_make_no_sense(string change, string constraint)
    {
        var schema = postgres.NewSchema();
        await using var registry = await postgres.OpenAsync(schema);
        await registry.SaveAsync("f");
        await using var source = postgres.Source(schema);
        await using var update = source.CreateCommand($"UPDATE audit SET {change}");

        var error = await Assert.ThrowsAsync<PostgresException>(() => update.ExecuteNonQueryAsync());

        Assert.Equal(constraint, error.ConstraintName);
    }
}
