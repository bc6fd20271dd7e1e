using System.Diagnostics;
using System.Net;
using Torch2Jax.Registry.Embedded;
using Torch2Jax.Registry.Keys;
using Torch2Jax.WebApi.Security;
using Torch2Jax.WebApi.Tests.Support;

namespace Torch2Jax.WebApi.Tests.Keys;

[Collection(ServiceCollection.Name)]
public sealed class KeyTests(ServiceFixture fixture)
{
    private const string Path = "/api/functions";

    [Fact]
    public async Task A_key_comes_as_bearer_token_or_in_a_header_of_its_own()
    {
        await using var service = await fixture.StartAsync(ServiceFixture.NewSchema());
        (await service.GetAsync(Path)).Good();
        var key = (await service.AddKeyAsync(KeyRole.Reader)).Text;

        (await service.GetAsync(Path)).Problem(401, "unauthenticated");
        (await service.SendAsync("GET", Path, key)).Good();
        (await WithAsync(service, ("Authorization", $"bearer   {key} "))).Good();
        (await WithAsync(service, ("X-Api-Key", key))).Good();
        // A proxy in front may keep Authorization for itself.
        (await WithAsync(service, ("X-Api-Key", key), ("Authorization", "Basic YTpi"))).Good();
    }

    [Fact]
    public async Task What_does_not_hold_is_refused_in_the_same_words_whatever_is_wrong_with_it()
    {
        await using var service = await fixture.StartAsync(ServiceFixture.NewSchema());
        await service.AddKeyAsync(KeyRole.Admin);
        var good = (await service.AddKeyAsync(KeyRole.Reader)).Text;
        var revoked = await service.AddKeyAsync(KeyRole.Reader);
        var expired = await service.AddKeyAsync(KeyRole.Reader, DateTimeOffset.UtcNow.AddMilliseconds(300));
        await service.Store().RevokeAsync(revoked.Key.Prefix, false, default);
        await Task.Delay(400);
        var flipped = good[..^1] + (good[^1] == 'A' ? 'B' : 'A');
        var other = good.Replace(good[4..12], "abcdefgh", StringComparison.Ordinal);

        var texts = new HashSet<string>();
        foreach (
            var key in (string[])
                [
                    revoked.Text,
                    expired.Text,
                    flipped,
                    other,
                    good.ToUpperInvariant(),
                    good + "x",
                    "x",
                    "t2j_",
                    new string('a', 5000),
                ]
        )
        {
            var answer = await KeyedService.UntilAsync(() => service.SendAsync("GET", Path, key), 401);
            texts.Add(answer.Problem(401, "unauthenticated").GetProperty("detail").GetString()!);
            Assert.DoesNotContain(key.Length > 20 ? key[^20..] : key + '"', answer.Text, StringComparison.Ordinal);
            Assert.Contains("invalid_token", answer.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        }

        foreach (
            var (name, value) in new[]
            {
                ("Authorization", "Bearer"),
                ("Authorization", good),
                ("Authorization", $"Basic {good}"),
                ("X-Api-Key", ""),
            }
        )
        {
            var answer = await WithAsync(service, (name, value));
            texts.Add(answer.Problem(401, "unauthenticated").GetProperty("detail").GetString()!);
        }

        Assert.Single(texts);
        (await service.SendAsync("GET", $"{Path}?key={good}&api_key={good}", null)).Problem(401, "unauthenticated");
    }

    [Fact]
    public async Task A_revocation_is_heard_by_another_instance_within_a_second()
    {
        var schema = ServiceFixture.NewSchema();
        await using var one = await fixture.StartAsync(schema);
        await using var other = await fixture.StartAsync(schema);
        var admin = (await one.AddKeyAsync(KeyRole.Admin)).Text;
        await KeyedService.UntilAsync(() => other.SendAsync("GET", Path, admin), 200);
        var made = (await one.SendAsync("POST", "/api/keys", admin, """{"name":"n","role":"reader"}""")).Good(
            HttpStatusCode.Created
        );
        var (id, key) = (made.GetProperty("id").GetInt32(), made.GetProperty("key").GetString()!);
        (await one.SendAsync("GET", Path, key)).Good();
        await KeyedService.UntilAsync(() => other.SendAsync("GET", Path, key), 200, seconds: 5);

        var revoked = await one.SendAsync("DELETE", $"/api/keys/{id}", admin);

        Assert.Equal(HttpStatusCode.NoContent, revoked.Status);
        (await one.SendAsync("GET", Path, key)).Problem(401, "unauthenticated");
        await KeyedService.UntilAsync(() => other.SendAsync("GET", Path, key), 401, seconds: 5);
    }

    [Fact]
    public async Task A_rate_is_kept_and_says_when_to_come_back()
    {
        await using var service = await fixture.StartAsync(ServiceFixture.NewSchema(), ("Security:RatePerMinute", "2"));
        var own = (await service.AddKeyAsync(KeyRole.Reader, rate: 4)).Text;
        var common = (await service.AddKeyAsync(KeyRole.Reader)).Text;
        foreach (var (key, rate) in new[] { (own, 4), (common, 2) })
        {
            for (var i = 0; i < rate; i++)
            {
                (await service.SendAsync("GET", "/v2", key)).Good();
            }

            var refused = await service.SendAsync("GET", "/api/devices", key);
            refused.Problem(429, "overloaded");
            Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60d / rate);
            Assert.Equal(429, (int)(await service.SendAsync("GET", "/v2", key)).Status);
        }
    }

    [Fact]
    public async Task Wrong_keys_are_limited_by_address_and_good_ones_never_locked_out()
    {
        await using var service = await fixture.StartAsync(
            ServiceFixture.NewSchema(),
            ("Security:FailedPerMinute", "3")
        );
        var key = (await service.AddKeyAsync(KeyRole.Reader)).Text;
        for (var i = 0; i < 3; i++)
        {
            (await service.SendAsync("GET", Path, "t2j_wrong")).Problem(401, "unauthenticated");
        }

        var refused = await service.SendAsync("GET", Path, "t2j_wrong");

        refused.Problem(429, "overloaded");
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
        (await service.SendAsync("GET", Path, key)).Good();
        (await service.SendAsync("GET", Path, null)).Problem(401, "unauthenticated");
    }

    [Fact]
    public async Task While_the_database_is_away_known_keys_go_on_and_unknown_ones_do_not_get_in()
    {
        using var folder = new ShortFolder();
        await using var service = await RunningService.StartAsync(folder.Path, "away");
        var admin = (await service.AddKeyAsync(KeyRole.Admin)).Text;
        await service.SendAsync("POST", Path, admin, Json.Registration("double", Json.Double));
        var call = Json.Call(Json.Floats(1, 2));
        (await service.SendAsync("POST", $"{Path}/double/invoke", admin, call)).Good();

        await EmbeddedPostgres.StopAsync(folder.Path, default);

        for (var i = 0; i < 5; i++)
        {
            (await service.SendAsync("POST", $"{Path}/double/invoke", admin, call)).Good();
            (await service.SendAsync("POST", $"{Path}/double/invoke", KeyText.Mark + "x", call)).Problem(
                401,
                "unauthenticated"
            );
            (await service.SendAsync("POST", $"{Path}/double/invoke", null, call)).Problem(401, "unauthenticated");
        }
    }

    [Fact]
    public async Task A_last_use_is_stored_a_little_later()
    {
        await using var service = await fixture.StartAsync(ServiceFixture.NewSchema());
        var key = await service.AddKeyAsync(KeyRole.Reader);
        var before = DateTimeOffset.UtcNow.AddSeconds(-1);
        (await service.SendAsync("GET", Path, key.Text)).Good();

        DateTimeOffset? used = null;
        for (var waited = Stopwatch.StartNew(); used is null && waited.Elapsed.TotalSeconds < 20; )
        {
            await Task.Delay(50);
            used = (await service.Store().ListAsync(default)).Single().LastUsedAt;
        }

        Assert.InRange(used!.Value, before, DateTimeOffset.UtcNow.AddSeconds(1));
    }

    [Fact]
    public async Task Finding_a_key_takes_no_memory()
    {
        await using var service = await fixture.StartAsync(ServiceFixture.NewSchema());
        var key = (await service.AddKeyAsync(KeyRole.Invoker, rate: 1_000_000)).Text;
        var keys = KeySet.Of(await service.Store().LoadAsync(default), null, 0);
        var now = DateTime.UtcNow;
        Use();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            Use();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Use()
        {
            var found = keys.Find(key, now)!;
            found.UsedAt(now);
            Assert.True(found.TryAcquire(out _));
        }
    }

    private static async Task<Answer> WithAsync(RunningService service, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Path);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await service.SendAsync(request);
    }
}
