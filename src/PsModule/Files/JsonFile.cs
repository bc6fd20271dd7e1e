using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.PsModule.Arrays;
using Torch2Jax.Trees;

namespace Torch2Jax.PsModule.Files;

/// <summary>
/// JSON as the REST API has it: one array leaf (dtype, shape, data), or an object of them by name; a plain list of numbers,
/// nested or not, is read too.
/// </summary>
internal static class JsonFile
{
    public static FileArrays Read(Stream file, DType? dtype)
    {
        using var memory = new MemoryStream();
        file.CopyTo(memory);
        var bytes = memory.GetBuffer().AsSpan(0, (int)memory.Length);
        using var document = JsonDocument.Parse(bytes.ToArray());
        if (document.RootElement.ValueKind == JsonValueKind.Array)
        {
            return FileArrays.Of(NumberArrays.Read(Numbers(document.RootElement), dtype, null, "The file"));
        }

        var reader = new Utf8JsonReader(bytes, TreeJson.ReaderOptions);
        reader.Read();
        var tree = TreeJson.Read(ref reader, "The file", ReadLimits.Default with { MaxArrayBytes = int.MaxValue });
        return tree.Structure.Kind switch
        {
            TreeKind.Leaf => FileArrays.Of(Take(tree.LeafSpan[0], dtype)),
            TreeKind.Dict when tree.Structure.LeafCount == tree.Children.Count => new FileArrays(
                null,
                [.. tree.Structure.Keys.Select((key, i) => KeyValuePair.Create(key, Take(tree.Leaves[i], dtype)))]
            ),
            _ => throw new FormatException("one array, or an object of arrays by name, belongs into the file."),
        };
    }

    public static void Write(Stream file, FileArrays arrays)
    {
        var tree = arrays.Single is { } single
            ? PyTree.Leaf(single.Borrow())
            : PyTree.Dict(
                arrays.Named!.Select(item => KeyValuePair.Create(item.Key, PyTree.Leaf(item.Value.Borrow())))
            );
        try
        {
            using var writer = new Utf8JsonWriter(file);
            TreeJson.Write(writer, tree, ArrayEncoding.Nested);
        }
        finally
        {
            foreach (var array in tree.Leaves)
            {
                array.Dispose();
            }
        }
    }

    private static Torch2JaxArray Take(IArgumentLeaf leaf, DType? dtype)
    {
        if (leaf is not NDArray read)
        {
            throw new FormatException($"{leaf} is no array with its data.");
        }

        using (read)
        {
            var array = Torch2JaxArray.CopyOf(read);
            return dtype is { } to ? NumberArrays.Cast(array, to, "The file") : array;
        }
    }

    private static object Numbers(JsonElement element) =>
        element.ValueKind switch
        {
            JsonValueKind.Array => element.EnumerateArray().Select(Numbers).ToArray(),
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.Number when element.TryGetInt64(out var whole) => whole,
            JsonValueKind.Number => element.GetDouble(),
            _ => throw new FormatException("numbers and lists of them belong into the file."),
        };
}
