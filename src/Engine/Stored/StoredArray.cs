using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Trees;

namespace Torch2Jax.Stored;

/// <summary>A tree of arrays under a name: what is known of it without its bytes.</summary>
/// <param name="Name">The name.</param>
/// <param name="Sha256">Lower-case hexadecimal SHA-256 over structure, dtypes, shapes and bytes.</param>
/// <param name="Layout">The tree of its shapes as canonical JSON; the bytes follow one another in flatten order.</param>
/// <param name="Bytes">Bytes of all its arrays together.</param>
/// <param name="CreatedAt">When the name got this content.</param>
public sealed record StoredArray(string Name, string Sha256, string Layout, long Bytes, DateTimeOffset CreatedAt)
{
    private PyTree<ShapeDtypeStruct>? shapes;

    /// <summary>The tree of its shapes.</summary>
    public PyTree<ShapeDtypeStruct> Shapes => shapes ??= TreeJson.ReadShapes(Layout);

    /// <summary>A reference to exactly this content.</summary>
    public ArrayReference Pinned => new(Name, Sha256);

    /// <inheritdoc/>
    public bool Equals(StoredArray? other) =>
        other is not null
        && Name == other.Name
        && Sha256 == other.Sha256
        && Layout == other.Layout
        && Bytes == other.Bytes
        && CreatedAt == other.CreatedAt;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Sha256, CreatedAt);
}

/// <summary>The answer of a put.</summary>
/// <param name="Array">What the name stands for now.</param>
/// <param name="Created">Whether the name is new.</param>
/// <param name="Changed">Whether anything changed; false where the name had this content already.</param>
public sealed record SavedArray(StoredArray Array, bool Created, bool Changed);

/// <summary>What must hold of a name before it is changed; nothing where both are left out.</summary>
/// <param name="Sha256">The content it must have; <c>*</c> for any, as long as it is there.</param>
/// <param name="Absent">Whether it must not be there yet.</param>
public sealed record ArrayCondition(string? Sha256 = null, bool Absent = false)
{
    /// <summary>No condition.</summary>
    public static ArrayCondition None { get; } = new();

    /// <summary>Whether it holds.</summary>
    /// <param name="current">The hash of what the name stands for; null where it is not there.</param>
    public bool Holds(string? current) =>
        !(Absent && current is not null)
        && (Sha256 is null || (Sha256 == "*" ? current is not null : Sha256 == current));
}
