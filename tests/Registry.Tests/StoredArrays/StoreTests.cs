using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Registry.Tests.Support;
using Torch2Jax.Stored;
using Torch2Jax.Trees;

namespace Torch2Jax.Registry.Tests.StoredArrays;

[Collection(PostgresCollection.Name)]
public sealed class StoreTests(PostgresFixture postgres)
{
    [Fact]
    public async Task A_tree_comes_back_byte_for_byte_in_chunks()
    {
        var (schema, content) = (postgres.NewSchema(), Content.Large(1));
        await using var registry = await postgres.OpenAsync(schema);
        await using var source = postgres.Source(schema);

        var saved = await registry.PutAsync("large", content);

        Assert.True(saved is { Created: true, Changed: true });
        Assert.Equal((content.Sha256, content.Bytes), (saved.Array.Sha256, saved.Array.Bytes));
        Assert.Equal("""{"dtype":"float32","shape":[700000]}""", saved.Array.Layout);
        Assert.Equal(saved.Array, await registry.FindAsync("large"));
        Assert.Equal(content.Bytes(), await registry.BytesAsync(saved.Array));
        Assert.Equal(3, await source.CountAsync("array_chunks"));
    }

    [Fact]
    public async Task Leaves_without_elements_are_stored_too()
    {
        await using var registry = await postgres.OpenAsync();
        var empty = ArrayContent.Of(PyTree.Leaf(NDArray.Allocate(DType.Int64, 0, 3)));
        var mixed = ArrayContent.Of(
            PyTree.Tuple(
                PyTree.Leaf(NDArray.Allocate(DType.Float32, 0)),
                PyTree.Leaf(NDArray.FromArray<float>([1, 2], 2)),
                PyTree.Leaf(NDArray.Allocate(DType.Bool, 2, 0)),
                PyTree.Leaf(NDArray.FromArray<float>([3], 1))
            )
        );

        Assert.Empty((await registry.BytesAsync((await registry.PutAsync("empty", empty)).Array))!);
        var bytes = await registry.BytesAsync((await registry.PutAsync("mixed", mixed)).Array);
        Assert.Equal([1f, 2f, 3f], Content.Floats(bytes!));
    }

    [Fact]
    public async Task Content_is_kept_once_and_goes_with_its_last_name()
    {
        var schema = postgres.NewSchema();
        await using var registry = await postgres.OpenAsync(schema);
        await using var source = postgres.Source(schema);
        await registry.PutAsync("a", Content.Of(1, 2));
        await registry.PutAsync("b", Content.Of(1, 2));
        Assert.Equal((1, 1), await RowsAsync());

        await registry.PutAsync("a", Content.Of(3));
        Assert.Equal((2, 2), await RowsAsync());
        Assert.True(await registry.RemoveAsync("b"));
        Assert.Equal((1, 1), await RowsAsync());
        Assert.Equal(Content.Of(3).Bytes(), await registry.BytesAsync((await registry.FindAsync("a"))!));
        Assert.True(await registry.RemoveAsync("a"));
        Assert.Equal((0, 0), await RowsAsync());
        Assert.False(await registry.RemoveAsync("a"));

        async Task<(long, long)> RowsAsync() =>
            (await source.CountAsync("array_contents"), await source.CountAsync("array_chunks"));
    }

    [Fact]
    public async Task The_same_content_again_changes_nothing_and_other_content_replaces_it()
    {
        await using var registry = await postgres.OpenAsync();
        var first = await registry.PutAsync("a", Content.Of(1));
        var again = await registry.PutAsync("a", Content.Of(1));
        var other = await registry.PutAsync("a", Content.Of(2));

        Assert.True(again is { Created: false, Changed: false });
        Assert.Equal(first.Array, again.Array);
        Assert.True(other is { Created: false, Changed: true });
        Assert.Equal(other.Array, await registry.FindAsync("a"));
    }

    [Fact]
    public async Task A_change_is_made_only_where_its_condition_holds()
    {
        await using var registry = await postgres.OpenAsync();
        var (one, two) = (Content.Of(1), Content.Of(2));
        await FailsAsync(() => registry.PutAsync("a", one, new ArrayCondition("*")));
        await registry.PutAsync("a", one, new ArrayCondition(Absent: true));
        await FailsAsync(() => registry.PutAsync("a", two, new ArrayCondition(Absent: true)));
        await FailsAsync(() => registry.PutAsync("a", two, new ArrayCondition(two.Sha256)));
        await registry.PutAsync("a", two, new ArrayCondition(one.Sha256));
        await FailsAsync(() => registry.Arrays.DeleteAsync("a", new ArrayCondition(one.Sha256), default));
        Assert.Equal(two.Sha256, (await registry.FindAsync("a"))!.Sha256);
        Assert.True(await registry.Arrays.DeleteAsync("a", new ArrayCondition(two.Sha256), default));

        static async Task FailsAsync(Func<Task> change) =>
            Assert.Equal(ErrorCode.PreconditionFailed, (await Assert.ThrowsAsync<EngineException>(change)).Code);
    }

    [Fact]
    public async Task Of_two_that_must_be_first_one_is()
    {
        await using var registry = await postgres.OpenAsync();
        var contents = Enumerable.Range(0, 8).Select(seed => Content.Large(seed)).ToArray();

        var outcomes = await Task.WhenAll(contents.Select(content => Task.Run(() => TryAsync(content))));

        var winner = Assert.Single(outcomes, outcome => outcome is not null);
        Assert.Equal(winner!.Array, await registry.FindAsync("a"));

        async Task<SavedArray?> TryAsync(ArrayContent content)
        {
            try
            {
                return await registry.PutAsync("a", content, new ArrayCondition(Absent: true));
            }
            catch (EngineException error) when (error.Code == ErrorCode.PreconditionFailed)
            {
                return null;
            }
        }
    }

    [Fact]
    public async Task Pages_follow_the_ordinal_order_and_a_prefix_is_taken_letter_by_letter()
    {
        await using var registry = await postgres.OpenAsync();
        string[] names = ["B", "_", "a", "a-b", "a.b", "a_b", "ab"];
        foreach (var name in names)
        {
            await registry.PutAsync(name, Content.Of(1));
        }

        Assert.Equal(names, await NamesAsync(null, null, 10));
        Assert.Equal(["a.b", "a_b"], await NamesAsync(null, "a-b", 2));
        Assert.Equal(["a_b"], await NamesAsync("a_", null, 10));
        Assert.Equal([], await NamesAsync("%", null, 10));
        Assert.Equal(2, (await registry.Arrays.FindAsync(["a", "no", "ab", "not a name"], default)).Count);

        async Task<IEnumerable<string>> NamesAsync(string? prefix, string? after, int limit) =>
            (await registry.Arrays.ListAsync(prefix, after, limit, default)).Select(array => array.Name);
    }

    [Fact]
    public async Task Changes_are_audited_and_what_changes_nothing_is_not()
    {
        await using var registry = await postgres.OpenAsync();
        var content = Content.Of(1);
        await registry.PutAsync("a", content);
        await registry.PutAsync("a", content);
        await registry.RemoveAsync("a");
        await registry.RemoveAsync("a");

        var rows = await registry.Audit.ListAsync(null, 10, default);

        Assert.Equal(["array_delete", "array_put"], rows.Select(row => row.Action));
        Assert.Equal([null, content.Sha256], rows.Select(row => row.Sha256));
        Assert.All(rows, row => Assert.Equal("a", row.Subject));
    }

    [Fact]
    public async Task Another_registry_hears_of_a_change_before_the_poll_is_due()
    {
        var schema = postgres.NewSchema();
        await using var one = await postgres.OpenAsync(schema);
        await using var other = await PostgresRegistry.OpenAsync(
            new RegistryOptions(postgres.ConnectionString, null, schema) { PollInterval = TimeSpan.FromHours(1) },
            null,
            default
        );
        using var heard = new SemaphoreSlim(0);
        other.Arrays.Changed += () => heard.Release();
        await one.PutAsync("a", Content.Of(1));
        Assert.True(await heard.WaitAsync(TimeSpan.FromSeconds(20)));
        await one.PutAsync("a", Content.Of(2));
        Assert.True(await heard.WaitAsync(TimeSpan.FromSeconds(20)));
        await one.RemoveAsync("a");
        Assert.True(await heard.WaitAsync(TimeSpan.FromSeconds(20)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("1a")]
    [InlineData("a b")]
    [InlineData("a@1")]
    public async Task A_bad_name_is_refused(string name)
    {
        await using var registry = await postgres.OpenAsync();
        var error = await Assert.ThrowsAsync<EngineException>(() => registry.PutAsync(name, Content.Of(1)));
        Assert.Equal((ErrorCode.MalformedRequest, "name"), (error.Code, error.Path));
        Assert.Null(await registry.FindAsync(name));
        Assert.False(await registry.RemoveAsync(name));
    }
}
