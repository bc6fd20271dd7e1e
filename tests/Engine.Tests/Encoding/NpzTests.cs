using System.IO.Compression;
using System.Text.Json;
using FsCheck.Xunit;
using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Errors;
using Torch2Jax.Tests.Arrays;
using Torch2Jax.Tests.Torch;

namespace Torch2Jax.Tests.Encoding;

[Collection(nameof(ArrayMemoryCollection))]
public sealed class NpzTests
{
    private static byte[] OneNpy { get; } = NpyTests.File(1, NpyTests.Header("<i4", "1,"), NpyTests.Ints(7));

    [Property(MaxTest = 50, Arbitrary = [typeof(RandomArray)])]
    public void Arrays_come_back_bit_for_bit_in_their_order(ArrayPlan[] plans, bool compress)
    {
        var arrays = plans
            .Select((plan, i) => KeyValuePair.Create($"p/{plans.Length - i}\u00e9", plan.Make()))
            .ToArray();
        using var file = new MemoryStream();
        Npz.Write(file, arrays, compress);
        var again = Npz.Read(file.ToArray(), ReadLimits.Default);
        Assert.Equal(arrays.Select(array => array.Key), again.Keys);
        foreach (var (name, array) in arrays)
        {
            Assert.Equal(array.Aval, again[name].Aval);
            Assert.True(array.Bytes.SequenceEqual(again[name].Bytes));
            array.Dispose();
        }

        Dispose(again);
    }

    [Fact]
    public void Every_golden_file_is_read_with_the_dtypes_and_shapes_of_its_case()
    {
        var folder = Path.Combine(Goldens.Folder, "functions");
        using var cases = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "cases.json")));
        var files = 0;
        foreach (var golden in cases.RootElement.EnumerateArray())
        {
            var path = Path.Combine(folder, golden.GetProperty("name").GetString() + ".npz");
            if (!File.Exists(path))
            {
                continue;
            }

            files++;
            var leaves = Leaves(golden)
                .DistinctBy(leaf => leaf.GetProperty("ref").GetString())
                .ToDictionary(
                    leaf => leaf.GetProperty("ref").GetString()!,
                    leaf => new ShapeDtypeStruct(
                        DTypes.Parse(leaf.GetProperty("dtype").GetString()!),
                        leaf.GetProperty("shape").EnumerateArray().Select(dimension => dimension.GetInt64()).ToArray()
                    )
                );
            using var file = File.OpenRead(path);
            var arrays = Npz.Read(file, ReadLimits.Default, name => leaves.GetValueOrDefault(name)?.Dtype);
            Assert.All(leaves, leaf => Assert.Equal(leaf.Value, arrays[leaf.Key].Aval));
            Dispose(arrays);
        }

        Assert.InRange(files, 50, int.MaxValue);
    }

    [Theory]
    [InlineData("/x.npy")]
    [InlineData("../x.npy")]
    [InlineData("a/../x.npy")]
    [InlineData("a\\x.npy")]
    [InlineData("C:x.npy")]
    [InlineData("x.txt")]
    [InlineData("folder/")]
    public void Names_that_lead_elsewhere_or_are_no_arrays_are_refused(string name) =>
        Assert.Equal(ErrorCode.MalformedRequest, Refused(Zip((name, OneNpy))).Code);

    [Fact]
    public void Two_entries_of_one_name_are_refused() =>
        Assert.Equal(ErrorCode.MalformedRequest, Refused(Zip(("x.npy", OneNpy), ("x.npy", OneNpy))).Code);

    [Fact]
    public void A_bomb_is_refused_before_it_is_unpacked()
    {
        var header = NpyTests.File(1, NpyTests.Header("|u1", "50000000,"), []);
        var bomb = Zip(("x.npy", [.. header, .. new byte[50_000_000]]));
        Assert.InRange(bomb.Length, 0, 100_000);
        var before = ArrayMemoryCollection.SettledBlocks();
        Assert.Equal(ErrorCode.PayloadTooLarge, Refused(bomb, new ReadLimits(1 << 20, 1 << 20, 9, 9)).Code);
        Assert.Equal(before, ArrayMemory.RentedBlocks);
    }

    [Fact]
    public void A_size_that_the_packed_bytes_cannot_have_is_refused()
    {
        var file = Zip(("x.npy", NpyTests.File(1, NpyTests.Header("|u1", "50000000,"), new byte[10])));
        var sizeAt = file.AsSpan().LastIndexOf("PK\u0001\u0002"u8) + 24;
        BitConverter.TryWriteBytes(file.AsSpan(sizeAt), 50_000_128);
        Assert.Equal(ErrorCode.MalformedRequest, Refused(file).Code);
    }

    [Fact]
    public void Too_many_entries_are_refused()
    {
        var file = Zip([.. Enumerable.Range(0, 10).Select(i => ($"{i}.npy", OneNpy))]);
        Assert.Equal(ErrorCode.PayloadTooLarge, Refused(file, new ReadLimits(1000, 1000, 9, 9)).Code);
    }

    [Fact]
    public void A_wrong_check_sum_is_refused()
    {
        var file = Zip(("x.npy", OneNpy));
        var sumAt = file.AsSpan().LastIndexOf("PK\u0001\u0002"u8) + 16;
        file[sumAt] ^= 1;
        Assert.Equal(ErrorCode.MalformedRequest, Refused(file).Code);
    }

    [Fact]
    public void An_error_within_an_entry_names_it_and_leaves_no_array()
    {
        var before = ArrayMemoryCollection.SettledBlocks();
        var objects = NpyTests.File(1, NpyTests.Header("|O", "1,"), new byte[8]);
        var error = Refused(Zip(("a.npy", OneNpy), ("b.npy", objects)));
        Assert.Equal("weights.b", error.Path);
        Assert.Equal(before, ArrayMemory.RentedBlocks);
    }

    [Fact]
    public void An_empty_file_has_no_arrays()
    {
        Assert.Empty(Npz.Read(Zip(), ReadLimits.Default));
        Assert.Equal(ErrorCode.MalformedRequest, Refused([]).Code);
    }

    internal static byte[] Zip(params (string Name, byte[] Content)[] entries)
    {
        using var file = new MemoryStream();
        using (var archive = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in entries)
            {
                using var entry = archive.CreateEntry(name, CompressionLevel.Optimal).Open();
                entry.Write(content);
            }
        }

        return file.ToArray();
    }

    internal static void Dispose(IReadOnlyDictionary<string, NDArray> arrays)
    {
        foreach (var array in arrays.Values)
        {
            array.Dispose();
        }
    }

    private static EngineException Refused(byte[] file, ReadLimits? limits = null) =>
        Assert.Throws<EngineException>(() => Npz.Read(file, limits ?? ReadLimits.Default, path: "weights"));

    private static IEnumerable<JsonElement> Leaves(JsonElement json) =>
        json.ValueKind switch
        {
            JsonValueKind.Object when json.TryGetProperty("ref", out _) => [json],
            JsonValueKind.Object => json.EnumerateObject().SelectMany(property => Leaves(property.Value)),
            JsonValueKind.Array => json.EnumerateArray().SelectMany(Leaves),
            _ => [],
        };
}
