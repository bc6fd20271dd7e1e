using Torch2Jax.Registry.Tests.Support;

namespace Torch2Jax.Registry.Tests;

[Collection(PostgresCollection.Name)]
public sealed class ListTests(PostgresFixture postgres)
{
    private static readonly string[] Names =
    [
        "B",
        "Z_1",
        "_",
        "__a",
        "a",
        "a-b",
        "a.b",
        "aXb",
        "a_b",
        "a_b.c",
        "ab",
        "abc",
        "b",
        "z",
    ];

    [Fact]
    public async Task Pages_follow_the_ordinal_order_and_miss_nothing()
    {
        await using var registry = await OpenAsync();
        var seen = new List<string>();
        string? after = null;
        while (true)
        {
            var page = await registry.ListAsync(null, after, 3, default);
            Assert.True(page.Count <= 3);
            if (page.Count == 0)
            {
                break;
            }
            seen.AddRange(page.Select(one => one.Name));
            after = page[^1].Name;
        }

        Assert.Equal(Names.Order(StringComparer.Ordinal), seen);
    }

    [Theory]
    [InlineData("a_", "a_b a_b.c")]
    [InlineData("a", "a a-b a.b aXb a_b a_b.c ab abc")]
    [InlineData("_", "_ __a")]
    [InlineData("a.", "a.b")]
    [InlineData("A", "")]
    [InlineData("%", "")]
    [InlineData("a%", "")]
    [InlineData("a\\", "")]
    [InlineData("a\0", "")]
    [InlineData("a~", "")]
    [InlineData("", "B Z_1 _ __a a a-b a.b aXb a_b a_b.c ab abc b z")]
    public async Task A_prefix_is_taken_letter_by_letter(string prefix, string expected)
    {
        await using var registry = await OpenAsync();

        var found = await registry.ListAsync(prefix, null, 100, default);

        Assert.Equal(expected, string.Join(' ', found.Select(one => one.Name)));
    }

    [Fact]
    public async Task Prefix_cursor_and_limit_go_together_and_the_latest_version_is_shown()
    {
        await using var registry = await OpenAsync();
        await registry.SaveAsync("a_b", "newer");

        var page = await registry.ListAsync("a", "aXb", 2, default);

        Assert.Equal(["a_b", "a_b.c"], page.Select(one => one.Name));
        Assert.Equal((2, "newer"), (page[0].Version, page[0].Content.Source));
        Assert.Empty(await registry.ListAsync("a", null, 0, default));
        Assert.Empty(await registry.ListAsync("a", "b", 10, default));
    }

    private async Task<PostgresRegistry> OpenAsync()
    {
        var registry = await postgres.OpenAsync();
        foreach (var name in Names)
        {
            await registry.SaveAsync(name);
        }
        return registry;
    }
}
