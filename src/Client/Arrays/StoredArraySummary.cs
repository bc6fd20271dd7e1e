using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Stored;

namespace Torch2Jax.Client;

/// <summary>A stored array without its bytes.</summary>
/// <param name="Name">The name that calls have for it.</param>
/// <param name="Sha256">Lower-case hexadecimal SHA-256 over structure, dtypes, shapes and bytes.</param>
/// <param name="Bytes">Bytes of all its arrays together.</param>
/// <param name="Tree">JAX's text of its structure.</param>
/// <param name="Leaves">Its arrays in flatten order.</param>
/// <param name="CreatedAt">When the name got this content.</param>
public sealed record StoredArraySummary(
    string Name,
    string Sha256,
    long Bytes,
    string Tree,
    IReadOnlyList<StoredLeaf> Leaves,
    DateTimeOffset CreatedAt
)
{
    /// <summary>A reference to exactly this content.</summary>
    public string Pinned => new ArrayReference(Name, Sha256).ToString();

    internal static StoredArraySummary Of(StoredArray array) =>
        new(
            array.Name,
            array.Sha256,
            array.Bytes,
            array.Shapes.Structure.ToString(),
            [
                .. array
                    .Shapes.Structure.KeyPaths()
                    .Zip(array.Shapes.Leaves, (path, shape) => new StoredLeaf(path, shape)),
            ],
            array.CreatedAt
        );

    internal static StoredArraySummary Read(JsonElement array) =>
        new(
            array.GetProperty("name").GetString()!,
            array.GetProperty("sha256").GetString()!,
            array.GetProperty("bytes").GetInt64(),
            array.GetProperty("tree").GetString()!,
            [.. array.GetProperty("leaves").EnumerateArray().Select(ReadLeaf)],
            array.GetProperty("createdAt").GetDateTimeOffset()
        );

    private static StoredLeaf ReadLeaf(JsonElement leaf)
    {
        long[] shape = [.. leaf.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64())];
        var dtype = DTypes.Parse(leaf.GetProperty("dtype").GetString()!);
        return new StoredLeaf(leaf.GetProperty("path").GetString()!, new ShapeDtypeStruct(dtype, shape.AsSpan()));
    }
}

/// <summary>One array of a stored tree.</summary>
/// <param name="Path">Where it stands, <c>['fc1.weight']</c>; empty where it is all there is.</param>
/// <param name="Shape">Its dtype and shape.</param>
public sealed record StoredLeaf(string Path, ShapeDtypeStruct Shape);

/// <summary>The answer of a put.</summary>
/// <param name="Array">What the name stands for now.</param>
/// <param name="Created">Whether the name is new.</param>
public sealed record PublishedArray(StoredArraySummary Array, bool Created);
