using System.Buffers.Binary;
using System.Security.Cryptography;
using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Errors;
using Torch2Jax.Trees;

namespace Torch2Jax.Stored;

/// <summary>
/// A tree of arrays as one sequence of bytes: its leaves in flatten order, little-endian and row-major, one after the
/// other. The hash covers the layout and the bytes, so equal hashes are equal trees.
/// </summary>
public sealed class ArrayContent
{
    // SHA-256 takes spans of any length; this is what a busy machine gives up between two looks at the token.
    private const int HashedAtOnce = 16 << 20;

    private readonly NDArray[] arrays;
    private readonly long[] starts;

    private ArrayContent(PyTree<NDArray> tree, string layout, string sha256)
    {
        Tree = tree;
        Layout = layout;
        Sha256 = sha256;
        arrays = [.. tree.Leaves];
        starts = new long[arrays.Length];
        for (var i = 0; i < arrays.Length; i++)
        {
            starts[i] = Bytes;
            Bytes += arrays[i].ByteLength;
        }
    }

    /// <summary>The arrays; whoever made them disposes of them.</summary>
    public PyTree<NDArray> Tree { get; }

    /// <summary>The tree of shapes as canonical JSON.</summary>
    public string Layout { get; }

    /// <summary>Lower-case hexadecimal SHA-256.</summary>
    public string Sha256 { get; }

    /// <summary>Bytes of all arrays together.</summary>
    public long Bytes { get; }

    /// <summary>Lays a tree out and hashes it. Named tuples become tuples, ordered dicts dicts, as in JSON.</summary>
    /// <exception cref="EngineException">MalformedRequest for a tree without arrays; PayloadTooLarge.</exception>
    public static ArrayContent Of(PyTree<NDArray> tree, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tree);
        var plain = Plain(tree);
        if (plain.Leaves.Count == 0)
        {
            throw new EngineException(
                ErrorCode.MalformedRequest,
                "There is no array in this tree; one at least is stored."
            );
        }

        if (plain.Leaves.Count > ReadLimits.Default.MaxLeaves)
        {
            throw new EngineException(
                ErrorCode.PayloadTooLarge,
                $"The tree has {plain.Leaves.Count} arrays; at most {ReadLimits.Default.MaxLeaves} are stored under one name."
            );
        }

        var layout = TreeJson.ToJson(plain.Map(array => array.Aval));
        return new ArrayContent(plain, layout, Hash(layout, plain, cancellationToken));
    }

    /// <summary>Copies bytes from <paramref name="offset"/> on.</summary>
    public void Read(long offset, Span<byte> into)
    {
        for (var i = LeafAt(offset); !into.IsEmpty; i++)
        {
            var at = (int)(offset - starts[i]);
            var count = Math.Min(into.Length, arrays[i].ByteLength - at);
            arrays[i].Bytes.Slice(at, count).CopyTo(into);
            into = into[count..];
            offset += count;
        }
    }

    /// <summary>Writes bytes from <paramref name="offset"/> on into the leaves of a tree that has this layout.</summary>
    internal static void Write(ReadOnlySpan<NDArray> leaves, long offset, ReadOnlySpan<byte> bytes)
    {
        foreach (var leaf in leaves)
        {
            if (offset < leaf.ByteLength)
            {
                var count = Math.Min(bytes.Length, leaf.ByteLength - (int)offset);
                bytes[..count].CopyTo(leaf.Bytes[(int)offset..]);
                bytes = bytes[count..];
                offset = 0;
            }
            else
            {
                offset -= leaf.ByteLength;
            }
        }

        if (!bytes.IsEmpty)
        {
            throw new EngineException(ErrorCode.Internal, "A stored array has more bytes than its layout says.");
        }
    }

    private int LeafAt(long offset)
    {
        var found = Array.BinarySearch(starts, offset);
        return found >= 0 ? found : ~found - 1;
    }

    private static string Hash(string layout, PyTree<NDArray> tree, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var head = System.Text.Encoding.UTF8.GetBytes(layout);
        Span<byte> length = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(length, head.Length);
        hash.AppendData("torch2jax array 1"u8);
        hash.AppendData(length);
        hash.AppendData(head);
        foreach (var array in tree.LeafSpan)
        {
            for (var done = 0; done < array.ByteLength; done += HashedAtOnce)
            {
                cancellationToken.ThrowIfCancellationRequested();
                hash.AppendData(array.Bytes.Slice(done, Math.Min(HashedAtOnce, array.ByteLength - done)));
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static PyTree<NDArray> Plain(PyTree<NDArray> tree) =>
        tree.Structure.Kind switch
        {
            TreeKind.Leaf or TreeKind.None => tree,
            TreeKind.List => PyTree.List([.. tree.Children.Select(Plain)]),
            TreeKind.Tuple or TreeKind.NamedTuple => PyTree.Tuple([.. tree.Children.Select(Plain)]),
            _ => PyTree.Dict(tree.Structure.Keys.Zip(tree.Children.Select(Plain), KeyValuePair.Create)),
        };
}
