using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Functions;

namespace Torch2Jax.Batches.Tests;

/// <summary>The digits of the golden cases, scored from 50 files as a nightly run would.</summary>
[Collection(BatchCollection.Name)]
public sealed class DigitsTests(BatchFixture fixture) : IDisposable
{
    private const int Files = 50;

    private static readonly string Goldens = Path.Combine(AppContext.BaseDirectory, "goldens");

    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    [Fact]
    public async Task Digits_scored_from_50_files_have_the_known_accuracy()
    {
        using var known = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(Goldens, "digits.json")));
        await fixture.Functions.RegisterAsync(
            new("digits", known.RootElement.GetProperty("source").GetString()!, Entry: "forward")
        );
        File.Copy(Path.Combine(Goldens, "digits_mlp.safetensors"), place.PathOf("params.safetensors"));
        var labels = Split();

        var service = fixture.Service();
        var manifest = ManifestReader.Read(
            """
            {"function":"digits","args":[{"$file":"params.safetensors"},{"$input":"x"}],
             "inputs":{"x":{"files":"in/*.npy"}},"output":{"files":"out/{stem}.npy"},"concurrency":2}
            """
        );
        var batch = await service.CreateAsync(manifest, place.Folder, default);
        Assert.Equal(BatchState.Completed, (await service.RunAsync(batch.Id)).State);

        var predicted = Enumerable.Range(0, Files).SelectMany(Predictions).ToArray();
        Assert.Equal(
            known.RootElement.GetProperty("correct").GetInt32(),
            predicted.Zip(labels).Count(pair => pair.First == pair.Second)
        );
    }

    /// <summary>Writes the images in files of as many each; gives the labels of all.</summary>
    private long[] Split()
    {
        using var stream = File.OpenRead(Path.Combine(Goldens, "digits_test.npz"));
        var test = Npz.Read(stream, ReadLimits.Default);
        var (x, y) = (test["x"], test["y"]);
        var rows = x.Shape[0] / Files;
        for (var i = 0; i < Files; i++)
        {
            using var part = NDArray.Allocate(x.Dtype, rows, x.Shape[1]);
            x.Bytes.Slice(i * part.ByteLength, part.ByteLength).CopyTo(part.Bytes);
            place.Write($"in/{i:00}.npy", to => Npy.Write(to, part));
        }

        var labels = y.AsSpan<long>().ToArray();
        x.Dispose();
        y.Dispose();
        return labels;
    }

    private long[] Predictions(int file)
    {
        using var scores = place.ReadNpy($"out/{file:00}.npy");
        var classes = (int)scores.Shape[1];
        var values = scores.AsSpan<float>().ToArray();
        return [.. values.Chunk(classes).Select(row => (long)Array.IndexOf(row, row.Max()))];
    }
}
