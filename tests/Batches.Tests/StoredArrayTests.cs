using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Errors;
using Torch2Jax.Trees;

namespace Torch2Jax.Batches.Tests;

/// <summary>Stored arrays as arguments that all calls share: a batch is bound to what they are when it is made.</summary>
[Collection(BatchCollection.Name)]
public sealed class StoredArrayTests(BatchFixture fixture) : IDisposable
{
    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    [Fact]
    public async Task A_batch_with_named_parameters_gives_the_bytes_of_one_with_a_file()
    {
        using var w = Workplace.Numbers(4, 3);
        using var b = Workplace.Numbers(3);
        KeyValuePair<string, NDArray>[] named = [new("b", b), new("w", w)];
        place.Write("params.safetensors", stream => Safetensors.Write(stream, named));
        await PutAsync("batch-params", w, b);
        for (var i = 0; i < 5; i++)
        {
            place.WriteNpy($"in/{i}.npy", 2, 4).Dispose();
        }

        await RunAsync(Manifest("""{"$file":"params.safetensors"}""", "files"));
        await RunAsync(Manifest("""{"$ref":"batch-params"}""", "named"));
        // A reference may stand beside other things in a tree.
        await RunAsync(Manifest("""{"w":{"$file":"params.safetensors","key":"w"},"b":{"$ref":"batch-b"}}""", "mixed"));

        Assert.Equal(5, place.Contents("files").Count);
        Assert.Equal(place.Contents("files"), place.Contents("named"));
        Assert.Equal(place.Contents("files"), place.Contents("mixed"));
    }

    [Fact]
    public async Task A_batch_stays_bound_to_the_content_it_was_made_with()
    {
        using var w = Workplace.Numbers(4, 3);
        using var b = Workplace.Numbers(3);
        var first = await PutAsync("batch-rewritten", w, b);
        place.WriteNpy("in/0.npy", 2, 4).Dispose();
        var manifest = Manifest("""{"$ref":"batch-rewritten"}""", "out");
        var service = fixture.Service();
        var batch = await service.CreateAsync(manifest, place.Folder, default);
        Assert.Contains($"batch-rewritten@sha256:{first}", batch.Manifest, StringComparison.Ordinal);
        Assert.Equal(batch.Id, (await service.FindUnfinishedAsync(manifest, place.Folder, default))!.Id);

        await PutAsync("batch-rewritten", b, w);
        var changed = await Assert.ThrowsAsync<EngineException>(() => service.RunAsync(batch.Id));
        Assert.Equal(ErrorCode.Conflict, changed.Code);
        Assert.Contains("batch-rewritten", changed.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(place.PathOf("out")));

        await PutAsync("batch-rewritten", w, b);
        Assert.Equal(BatchState.Completed, (await service.RunAsync(batch.Id)).State);
    }

    [Fact]
    public async Task A_manifest_that_names_what_is_not_stored_makes_no_batch()
    {
        place.WriteNpy("in/0.npy", 2, 4).Dispose();
        var error = await Assert.ThrowsAsync<EngineException>(() =>
            fixture.Service().CreateAsync(Manifest("""{"$ref":"nobody"}""", "out"), place.Folder, default)
        );
        Assert.Equal((ErrorCode.ArrayNotFound, "args"), (error.Code, error.Path));
    }

    private static BatchManifest Manifest(string parameters, string output) =>
        ManifestReader.Read(
            $$$"""
            {"function":"model","args":[{{{parameters}}},{"$input":"x"}], // names are bound where they stand
             "inputs":{"x":{"files":"in/*.npy"}},"output":{"files":"{{{output}}}/{stem}.npy"},"chunkSize":2,}
            """
        );

    private async Task RunAsync(BatchManifest manifest)
    {
        var service = fixture.Service();
        var batch = await service.CreateAsync(manifest, place.Folder, default);
        Assert.Equal(BatchState.Completed, (await service.RunAsync(batch.Id)).State);
    }

    private async Task<string> PutAsync(string name, NDArray w, NDArray b)
    {
        var tree = PyTree.Dict<NDArray>([new("w", PyTree.Leaf(w)), new("b", PyTree.Leaf(b))]);
        await fixture.Functions.Arrays.PutAsync("batch-b", PyTree.Leaf(b));
        return (await fixture.Functions.Arrays.PutAsync(name, tree)).Array.Sha256;
    }
}
