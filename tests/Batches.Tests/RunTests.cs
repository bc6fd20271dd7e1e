using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Functions;
using Torch2Jax.Trees;

namespace Torch2Jax.Batches.Tests;

/// <summary>What batches compute: the same as one call would.</summary>
[Collection(BatchCollection.Name)]
public sealed class RunTests(BatchFixture fixture) : IDisposable
{
    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 1)]
    [InlineData(7, 4)]
    [InlineData(1000, 2)]
    [InlineData(5000, 2)]
    public async Task Chunks_of_a_split_array_make_the_array_that_one_call_makes(int chunkSize, int concurrency)
    {
        using var x = place.WriteNpy("x.npy", 1000, 8);
        var batch = await RunAsync(
            $$"""
            {"function":"wave","args":[{"$input":"x"}],"inputs":{"x":{"array":"x.npy"} },
             "output":{"array":"out/y.npy"},"chunkSize":{{chunkSize}},"concurrency":{{concurrency}} }
            """
        );

        Assert.Equal(BatchState.Completed, batch.State);
        using var whole = await CallAsync("wave", x);
        using var y = place.ReadNpy("out/y.npy");
        Assert.Equal(whole.Aval, y.Aval);
        Assert.True(whole.Bytes.SequenceEqual(y.Bytes));
        Assert.Equal(["y.npy"], place.Contents("out").Keys);
    }

    [Fact]
    public async Task An_array_is_split_along_any_axis_and_results_follow_one_another_along_their_first()
    {
        using var x = place.WriteNpy("x.npy", 6, 101);
        await RunAsync(
            """
            {"function":"columns","args":[{"$input":"x"}],"inputs":{"x":{"array":"x.npy","axis":1}},
             "output":{"array":"y.npy"},"chunkSize":10}
            """
        );

        using var whole = await CallAsync("columns", x);
        using var y = place.ReadNpy("y.npy");
        Assert.Equal("float32[101, 6]", $"{y}");
        Assert.True(whole.Bytes.SequenceEqual(y.Bytes));
    }

    [Fact]
    public async Task A_scalar_a_chunk_makes_a_vector()
    {
        place.WriteNpy("x.npy", 10, 3).Dispose();
        await RunAsync(
            """
            {"function":"total","args":[{"$input":"x"}],"inputs":{"x":{"array":"x.npy"}},
             "output":{"array":"sums.npy"},"chunkSize":4}
            """
        );

        using var sums = place.ReadNpy("sums.npy");
        Assert.Equal("float32[3]", $"{sums}");
    }

    [Fact]
    public async Task Each_file_of_a_pattern_gives_a_file_of_its_own()
    {
        for (var i = 0; i < 12; i++)
        {
            place.WriteNpy($"in/{i % 3}/part{i:D2}.npy", i + 1, 4).Dispose();
        }

        var batch = await RunAsync(
            """
            {"function":"wave","args":[{"$input":"x"}],"inputs":{"x":{"files":"in/**/*.npy"}},
             "output":{"files":"out/{stem}.npy"},"chunkSize":5,"concurrency":2}
            """
        );

        Assert.Equal(3, batch.Chunks);
        Assert.Equal(12, place.Contents("out").Count);
        using var x = place.ReadNpy("in/2/part05.npy");
        using var expected = await CallAsync("wave", x);
        using var y = place.ReadNpy("out/part05.npy");
        Assert.True(expected.Bytes.SequenceEqual(y.Bytes));
    }

    [Fact]
    public async Task Files_of_several_arrays_are_trees_or_give_one_by_its_key_and_results_of_several_arrays_have_names()
    {
        using var x = Workplace.Numbers(5, 3);
        using var w = Workplace.Numbers(3, 2);
        using var b = Workplace.Numbers(2);
        place.Write("in/a.npz", stream => Npz.Write(stream, [new("x", x), new("other", w)]));
        place.Write("params.safetensors", stream => Safetensors.Write(stream, [new("w", w), new("b", b)]));
        await RunAsync(
            """
            {"function":"model","args":[{"$file":"params.safetensors"},{"$input":"x","key":"x"}],
             "inputs":{"x":{"files":"in/*.npz"}},"output":{"files":"out/{index}.safetensors"}}
            """
        );
        await RunAsync(
            """
            {"function":"pair","args":[{"$input":"x","key":"x"},{"$input":"x","key":"other"}],
             "inputs":{"x":{"files":"in/*.npz"}},"output":{"files":"pairs/{stem}.npz"}}
            """
        );

        using var stream = File.OpenRead(place.PathOf("out/000000.safetensors"));
        using var y = Assert.Single(Safetensors.Read(stream, ReadLimits.Default)).Value;
        Assert.Equal("float32[5, 2]", $"{y}");
        using var pairs = File.OpenRead(place.PathOf("pairs/a.npz"));
        var read = Npz.Read(pairs, ReadLimits.Default);
        Assert.Equal(["output0", "output1"], read.Keys);
        Assert.Equal("float32[5]", $"{read["output1"]}");
    }

    [Fact]
    public async Task Tables_are_read_by_their_columns_names_and_written_as_tables()
    {
        Directory.CreateDirectory(place.PathOf("in"));
        await File.WriteAllTextAsync(place.PathOf("in/t.csv"), "id;b;a\n1;2.5;0.25\n2;-1e3;4\n\n");
        await RunAsync(
            """
            {"function":"columns","args":[{"$input":"t"}],
             "inputs":{"t":{"files":"in/*.csv","csv":{"header":true,"columns":["a","b"],"delimiter":";","dtype":"float64"}}},
             "output":{"files":"out/{stem}.csv"}}
            """
        );

        Assert.Equal("0.75,12\n7.5,-3000\n", await File.ReadAllTextAsync(place.PathOf("out/t.csv")));
    }

    [Fact]
    public async Task Transforms_apply_to_each_chunks_call()
    {
        using var x = place.WriteNpy("x.npy", 20, 4);
        await RunAsync(
            """
            {"function":"total","transforms":["grad",{"vmap":{}}],"args":[{"$input":"x"}],
             "inputs":{"x":{"array":"x.npy"}},"output":{"array":"g.npy"},"chunkSize":6}
            """
        );

        using var gradient = place.ReadNpy("g.npy");
        Assert.Equal(x.Aval, gradient.Aval);
        Assert.True(gradient.AsSpan<float>().IndexOfAnyExcept(1f) < 0);
    }

    [Fact]
    public async Task Results_whose_shapes_depend_on_data_go_to_files()
    {
        place.WriteNpy("in/a.npy", 9).Dispose();
        await RunAsync(
            """
            {"function":"kept","args":[{"$input":"x"}],"inputs":{"x":{"files":"in/*.npy"}},"output":{"files":"out/{stem}.npy"}}
            """
        );

        using var y = place.ReadNpy("out/a.npy");
        Assert.Equal("float32[8]", $"{y}");
    }

    [Fact]
    public async Task A_seed_gives_the_same_bytes_however_chunks_are_shared_out()
    {
        place.WriteNpy("x.npy", 300, 4).Dispose();
        foreach (var (name, concurrency) in new[] { ("a", 1), ("b", 4) })
        {
            await RunAsync(
                $$"""
                {"function":"noise","args":[{"$input":"x"}],"inputs":{"x":{"array":"x.npy"} },"seed":11,
                 "output":{"array":"{{name}}.npy"},"chunkSize":10,"concurrency":{{concurrency}} }
                """
            );
        }

        var first = await File.ReadAllBytesAsync(place.PathOf("a.npy"));
        Assert.Equal(first, await File.ReadAllBytesAsync(place.PathOf("b.npy")));
        using var y = place.ReadNpy("a.npy");
        using var x = place.ReadNpy("x.npy");
        Assert.NotEqual(y.AsSpan<float>()[0] - x.AsSpan<float>()[0], y.AsSpan<float>()[40] - x.AsSpan<float>()[40]);
    }

    private async Task<BatchRecord> RunAsync(string manifest)
    {
        var service = fixture.Service();
        var batch = await service.CreateAsync(ManifestReader.Read(manifest), place.Folder, default);
        return await service.RunAsync(batch.Id);
    }

    private async Task<NDArray> CallAsync(string function, NDArray x)
    {
        var called = await fixture.Functions.GetAsync(function);
        return called.Invoke(new Invocation([PyTree.Leaf<IArgumentLeaf>(x)])).Outputs.Leaves[0];
    }
}
