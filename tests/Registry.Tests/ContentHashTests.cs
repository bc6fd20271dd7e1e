using Torch2Jax.Functions;
using Torch2Jax.Registry.Storage;
using Torch2Jax.Registry.Tests.Support;

namespace Torch2Jax.Registry.Tests;

public sealed class ContentHashTests
{
    [Fact]
    public void Every_member_of_the_content_counts_and_none_is_taken_for_another()
    {
        var content = new FunctionContent("s", null, "e", false, null, null, null, "sequential", null);
        FunctionContent[] all =
        [
            content,
            content with
            {
                Source = "t",
            },
            content with
            {
                Source = "",
            },
            content with
            {
                Source = null,
                Archive = "s"u8.ToArray(),
            },
            content with
            {
                Source = null,
                Archive = Array.Empty<byte>(),
            },
            content with
            {
                Source = "se",
                Entry = "",
            },
            content with
            {
                Source = "",
                Entry = "se",
            },
            content with
            {
                Functional = true,
            },
            content with
            {
                ExampleArgs = "x",
            },
            content with
            {
                ExampleArgs = "",
            },
            content with
            {
                ExampleKwargs = "x",
            },
            content with
            {
                OutputShapes = "x",
            },
            content with
            {
                Nondiff = "x",
            },
            content with
            {
                VmapMethod = "vectorized",
            },
        ];

        Assert.Equal(all.Length, all.Select(ContentHash.Of).Distinct().Count());
    }

    [Fact]
    public void Equal_contents_have_equal_hashes_whoever_holds_the_bytes()
    {
        Assert.Equal(ContentHash.Of(Samples.Archive(1, 2)), ContentHash.Of(Samples.Archive(1, 2)));
        Assert.Equal(
            "69d2c8ae3c4fd4d09da7f9a7e3cec0f0c3cd2ac7ff3b2e4d2a2cf4fa7bcf0d4a".Length,
            ContentHash.Of(Samples.Content()).Length
        );
    }

    [Fact]
    public void Keys_of_the_cache_differ_by_program_shapes_and_device()
    {
        var key = new ShapeCacheKey("f", 1, "ab", "c", "cpu");
        ShapeCacheKey[] all =
        [
            key,
            key with
            {
                Program = "a",
                ShapeKey = "bc",
            },
            key with
            {
                ShapeKey = "",
            },
            key with
            {
                Device = "cuda",
            },
        ];

        Assert.Equal(all.Length, all.Select(one => Convert.ToHexString(ContentHash.Of(one))).Distinct().Count());
    }
}
