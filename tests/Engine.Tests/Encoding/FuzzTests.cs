using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Errors;
using Torch2Jax.Tests.Arrays;
using Torch2Jax.Trees;

namespace Torch2Jax.Tests.Encoding;

/// <summary>Files damaged at random: each is read, or refused with an error of ours, and no array is left behind.</summary>
[Collection(nameof(ArrayMemoryCollection))]
public sealed class FuzzTests
{
    private const int Rounds = 20_000;

    // Small, so that a damaged size that is let through costs little.
    private static readonly ReadLimits Limits = new(1 << 16, 1 << 18, 50, 20);

    [Fact]
    public void Damaged_npy_files_are_read_or_refused()
    {
        using var array = NDArray.FromArray([1f, 2, 3, 4, 5, 6], 2, 3);
        using var file = new MemoryStream();
        Npy.Write(file, array);
        Run(file.ToArray(), "{}()[]'<>|=fiubcVOTrue,: L0123456789-", bytes => Npy.Read(bytes, Limits).Dispose());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Damaged_npz_files_are_read_or_refused(bool compress)
    {
        using var array = NDArray.FromArray([1f, 2, 3, 4, 5, 6], 2, 3);
        using var other = NDArray.FromArray([true, false], 2);
        using var file = new MemoryStream();
        Npz.Write(file, [KeyValuePair.Create("a", array), KeyValuePair.Create("b", other)], compress);
        Run(
            file.ToArray(),
            "PK\u0001\u0002\u0003\u0004\u0005\u0006\u0007\0\u0008\u00ff",
            bytes => NpzTests.Dispose(Npz.Read(bytes, Limits))
        );
    }

    [Fact]
    public void Damaged_safetensors_files_are_read_or_refused()
    {
        using var array = NDArray.FromArray([1f, 2, 3, 4, 5, 6], 2, 3);
        using var other = NDArray.FromArray([true, false], 2);
        using var file = new MemoryStream();
        Safetensors.Write(file, [KeyValuePair.Create("a", array), KeyValuePair.Create("b", other)]);
        Run(file.ToArray(), "{}[]\"\\,:0123456789-eFIU", bytes => NpzTests.Dispose(Safetensors.Read(bytes, Limits)));
    }

    [Fact]
    public void Damaged_JSON_is_read_or_refused_in_one_piece_and_in_many()
    {
        const string json = """
            [{"dtype":"float32","shape":[2,3],"data":[[1,2.5e3,"NaN"],[-0,1e-7,"Infinity"]]},{"data":[[1,2],[3,4]],
            "shape":[2],"dtype":"complex64"},{"base64":"AQI\/","dtype":"uint8","shape":[3]},{"$tuple":[null,true,-12,"x\u00e9"]},
            {"b":{"$dtype":1},"a":{"shape":[],"dtype":"bfloat16","data":3}}]
            """;
        Run(
            System.Text.Encoding.UTF8.GetBytes(json),
            "{}[]\"\\,:0123456789-+.eEaN$u\u00ff ",
            bytes =>
            {
                Read(bytes, () => JsonTrees.Read(bytes, Limits));
                Read(bytes, () => JsonTrees.ReadSegmented(bytes, 5));
            }
        );

        static void Read(byte[] bytes, Func<PyTree<IArgumentLeaf>> read)
        {
            var tree = read();
            Assert.Equal(tree.Structure.LeafCount, tree.Leaves.Count);
            JsonTrees.Dispose(tree);
        }
    }

    private static void Run(byte[] good, string alphabet, Action<byte[]> read)
    {
        read(good);
        var random = new Random(4711);
        var before = ArrayMemoryCollection.SettledBlocks();
        var refused = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var bytes = Damage(good, alphabet, random);
            try
            {
                read(bytes);
            }
            catch (EngineException exception)
            {
                Assert.True(
                    exception.Code
                        is ErrorCode.MalformedRequest
                            or ErrorCode.PayloadTooLarge
                            or ErrorCode.UnsupportedDtype,
                    $"{exception.Code}: {exception.Message}"
                );
                refused++;
            }
            catch (Exception exception)
            {
                Assert.Fail($"round {round}: {exception}\n{Convert.ToBase64String(bytes)}");
            }
        }

        Assert.Equal(before, ArrayMemory.RentedBlocks);
        Assert.InRange(refused, Rounds / 4, Rounds);
    }

    private static byte[] Damage(byte[] good, string alphabet, Random random)
    {
        var bytes = new List<byte>(good);
        for (var times = random.Next(1, 4); times > 0; times--)
        {
            var at = random.Next(bytes.Count);
            var value = random.Next(4) == 0 ? (byte)random.Next(256) : (byte)alphabet[random.Next(alphabet.Length)];
            switch (random.Next(6))
            {
                case 0:
                    bytes.Insert(at, value);
                    break;
                case 1:
                    bytes.RemoveAt(at);
                    break;
                case 2 when times == 1:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                case 3:
                    var length = random.Next(Math.Min(20, bytes.Count - at));
                    bytes.InsertRange(random.Next(bytes.Count), bytes.GetRange(at, length));
                    break;
                default:
                    bytes[at] = value;
                    break;
            }

            if (bytes.Count == 0)
            {
                break;
            }
        }

        return [.. bytes];
    }
}
