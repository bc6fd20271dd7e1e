using System.Text.RegularExpressions;
using Npgsql;
using Torch2Jax.Errors;
using Torch2Jax.Registry.Keys;
using Torch2Jax.Registry.Tests.Support;

namespace Torch2Jax.Registry.Tests;

[Collection(PostgresCollection.Name)]
public sealed partial class KeyTests(PostgresFixture postgres)
{
    private static readonly NewApiKey Admin = new("operations", KeyRole.Admin);

    [Fact]
    public async Task A_key_is_told_once_and_only_its_hash_is_stored()
    {
        var schema = postgres.NewSchema();
        await using var registry = await postgres.OpenAsync(schema);

        var made = await registry.Keys.AddAsync(
            new NewApiKey("nightly", KeyRole.Invoker, DateTimeOffset.UtcNow.AddDays(1), 600),
            adminFirst: false,
            default
        );

        Assert.Matches(Shape(), made.Text);
        Assert.StartsWith(made.Key.Prefix + "_", made.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(made.Text, made.ToString(), StringComparison.Ordinal);
        Assert.Equal(made.Key, Assert.Single(await registry.Keys.ListAsync(default)));
        var known = Assert.Single(await registry.Keys.LoadAsync(default));
        var hash = new byte[KeyText.HashLength];
        Assert.True(KeyText.TryHash(made.Text, hash));
        Assert.Equal(hash, known.Sha256.ToArray());
        await using var source = postgres.Source(schema);
        await using var rows = source.CreateCommand(
            "SELECT k::text FROM api_keys k UNION ALL SELECT a::text FROM audit a"
        );
        await using var reader = await rows.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            Assert.DoesNotContain(made.Text[^43..], reader.GetString(0), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Keys_are_never_alike()
    {
        await using var registry = await postgres.OpenAsync();
        var texts = new HashSet<string>();
        for (var i = 0; i < 20; i++)
        {
            Assert.True(texts.Add((await registry.Keys.AddAsync(Admin, false, default)).Text));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("t2j_")]
    [InlineData("t2j_abcdefgh_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("t2j_abcdefgh_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("t2J_abcdefgh_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("t2j_abcdefgh_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaé")]
    public void What_cannot_be_a_key_is_not_hashed(string text) =>
        Assert.False(KeyText.TryHash(text, new byte[KeyText.HashLength]));

    [Fact]
    public async Task A_revoked_key_is_listed_and_no_longer_loaded_and_the_first_revocation_stays()
    {
        await using var registry = await postgres.OpenAsync();
        var one = (await registry.Keys.AddAsync(Admin, false, default)).Key;
        var other = (await registry.Keys.AddAsync(Admin, false, default)).Key;

        var revoked = await registry.Keys.RevokeAsync($"{one.Id}", false, default);
        var again = await registry.Keys.RevokeAsync(one.Prefix, false, default);

        Assert.NotNull(revoked!.RevokedAt);
        Assert.Equal(revoked, again);
        Assert.Equal(other, Assert.Single(await registry.Keys.LoadAsync(default)).Key);
        Assert.Equal([revoked, other], await registry.Keys.ListAsync(default));
        Assert.Null(await registry.Keys.RevokeAsync("4711", false, default));
        Assert.Null(await registry.Keys.RevokeAsync("nonsense\0", false, default));
    }

    [Fact]
    public async Task Where_it_is_asked_for_an_admins_key_comes_first_and_goes_last()
    {
        await using var registry = await postgres.OpenAsync();
        await RefusedAsync(ErrorCode.Conflict, () => registry.Keys.AddAsync(new("r", KeyRole.Reader), true, default));
        var admin = (await registry.Keys.AddAsync(Admin, true, default)).Key;
        var reader = (await registry.Keys.AddAsync(new("r", KeyRole.Reader), true, default)).Key;

        await RefusedAsync(ErrorCode.Conflict, () => registry.Keys.RevokeAsync($"{admin.Id}", true, default));
        Assert.Equal(2, (await registry.Keys.LoadAsync(default)).Count);
        var next = (await registry.Keys.AddAsync(Admin, true, default)).Key;
        Assert.NotNull((await registry.Keys.RevokeAsync($"{admin.Id}", true, default))!.RevokedAt);
        Assert.Equal(
            [reader.Id, next.Id],
            (await registry.Keys.LoadAsync(default)).Select(known => known.Key.Id).Order()
        );
    }

    [Fact]
    public async Task Two_admins_who_revoke_each_other_at_once_cannot_both_succeed()
    {
        var schema = postgres.NewSchema();
        await using var one = await postgres.OpenAsync(schema);
        await using var other = await postgres.OpenAsync(schema);
        for (var round = 0; round < 5; round++)
        {
            var keys = new List<ApiKey>();
            foreach (var known in await one.Keys.LoadAsync(default))
            {
                keys.Add(known.Key);
            }

            while (keys.Count < 2)
            {
                keys.Add((await one.Keys.AddAsync(Admin, false, default)).Key);
            }

            var results = await Task.WhenAll(
                TryAsync(() => one.Keys.RevokeAsync($"{keys[0].Id}", true, default)),
                TryAsync(() => other.Keys.RevokeAsync($"{keys[1].Id}", true, default))
            );

            Assert.Single(results, succeeded => succeeded);
            Assert.Single(await one.Keys.LoadAsync(default));
        }
    }

    [Theory]
    [InlineData("", 60, 1)]
    [InlineData("with\nline", 60, 1)]
    [InlineData("n", 0, 1)]
    [InlineData("n", 1_000_001, 1)]
    [InlineData("n", 60, -1)]
    public async Task What_a_key_cannot_be_is_refused(string name, int rate, int days)
    {
        await using var registry = await postgres.OpenAsync();
        var expires = DateTimeOffset.UtcNow.AddDays(days);
        await RefusedAsync(
            ErrorCode.MalformedRequest,
            () => registry.Keys.AddAsync(new(name, KeyRole.Reader, expires, rate), false, default)
        );
    }

    [Theory]
    [InlineData("role = 'root'", "api_keys_role")]
    [InlineData("name = ''", "api_keys_name")]
    [InlineData("sha256 = 'short'", "api_keys_sha256")]
    [InlineData("prefix = 'sk-1'", "api_keys_prefix")]
    [InlineData("rate_per_minute = 0", "api_keys_rate_per_minute")]
    [InlineData("expires_at = created_at", "api_keys_expires_at")]
    public async Task The_database_itself_refuses_what_no_key_can_be(string change, string constraint)
    {
        var schema = postgres.NewSchema();
        await using var registry = await postgres.OpenAsync(schema);
        await registry.Keys.AddAsync(Admin, false, default);
        await using var source = postgres.Source(schema);
        await using var update = source.CreateCommand($"UPDATE api_keys SET {change}");

        var error = await Assert.ThrowsAsync<PostgresException>(() => update.ExecuteNonQueryAsync());

        Assert.Equal(constraint, error.ConstraintName);
    }

    [Fact]
    public async Task A_change_of_keys_is_told_to_another_registry_before_its_poll_is_due()
    {
        var schema = postgres.NewSchema();
        await using var one = await postgres.OpenAsync(schema);
        await using var other = await PostgresRegistry.OpenAsync(
            new RegistryOptions(postgres.ConnectionString, null, schema) { PollInterval = TimeSpan.FromHours(1) },
            null,
            default
        );
        using var heard = new SemaphoreSlim(0);
        other.Keys.Changed += () => heard.Release();

        var made = await one.Keys.AddAsync(Admin, false, default);
        Assert.True(await heard.WaitAsync(TimeSpan.FromSeconds(20)));
        await one.Keys.RevokeAsync($"{made.Key.Id}", false, default);
        Assert.True(await heard.WaitAsync(TimeSpan.FromSeconds(20)));

        Assert.Empty(await other.Keys.LoadAsync(default));
    }

    [Fact]
    public async Task A_change_that_nobody_announced_is_found_by_the_poll()
    {
        var schema = postgres.NewSchema();
        await using var registry = await postgres.OpenAsync(schema);
        using var heard = new SemaphoreSlim(0);
        registry.Keys.Changed += () => heard.Release();
        await using var source = postgres.Source(schema);
        await using var silent = source.CreateCommand("UPDATE registry_state SET key_changes = key_changes + 1");

        await silent.ExecuteNonQueryAsync();

        Assert.True(await heard.WaitAsync(TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public async Task A_last_use_only_moves_forward()
    {
        await using var registry = await postgres.OpenAsync();
        var key = (await registry.Keys.AddAsync(Admin, false, default)).Key;
        Assert.Null(key.LastUsedAt);

        await registry.Keys.RecordUsesAsync([(key.Id, Samples.Noon.AddHours(1)), (4711, Samples.Noon)], default);
        await registry.Keys.RecordUsesAsync([(key.Id, Samples.Noon)], default);

        Assert.Equal(Samples.Noon.AddHours(1), Assert.Single(await registry.Keys.ListAsync(default)).LastUsedAt);
    }

    private static async Task<bool> TryAsync(Func<Task> work)
    {
        try
        {
            await work();
            return true;
        }
        catch (EngineException error) when (error.Code == ErrorCode.Conflict)
        {
            return false;
        }
    }

    private static async Task RefusedAsync(ErrorCode code, Func<Task> work) =>
        Assert.Equal(code, (await Assert.ThrowsAsync<EngineException>(work)).Code);

    [GeneratedRegex("^t2j_[a-z0-9]{8}_[A-Za-z0-9_-]{43}$")]
    private static partial Regex Shape();
}
