using System.Collections.Immutable;

namespace Torch2Jax.Torch;

/// <summary>The kinds of TorchScript annotation.</summary>
public enum TorchTypeKind
{
    /// <summary><c>Tensor</c>: an array.</summary>
    Tensor,

    /// <summary><c>int</c>.</summary>
    Int,

    /// <summary><c>float</c>.</summary>
    Float,

    /// <summary><c>bool</c>.</summary>
    Bool,

    /// <summary><c>str</c>.</summary>
    String,

    /// <summary><c>Optional[T]</c>.</summary>
    Optional,

    /// <summary><c>List[T]</c>.</summary>
    List,

    /// <summary><c>Tuple[T, ...]</c>, each element with a type of its own.</summary>
    Tuple,

    /// <summary><c>Dict[str, T]</c>.</summary>
    Dict,

    /// <summary>Anything else; no argument can be given for it.</summary>
    Other,
}

/// <summary>A TorchScript annotation, such as <c>Dict[str, Tensor]</c>.</summary>
public sealed class TorchType : IEquatable<TorchType>
{
    private readonly string text;

    internal TorchType(TorchTypeKind kind, ImmutableArray<TorchType> elements, string text)
    {
        Kind = kind;
        Elements = elements;
        this.text = text;
        HasTensor = kind == TorchTypeKind.Tensor || elements.Any(element => element.HasTensor);
    }

    /// <summary>What kind of annotation it is.</summary>
    public TorchTypeKind Kind { get; }

    /// <summary>The types inside the brackets; of a dict the type of its values alone.</summary>
    public ImmutableArray<TorchType> Elements { get; }

    /// <summary>Whether a tensor is somewhere in it.</summary>
    public bool HasTensor { get; }

    /// <summary>Whether an argument of this type is a static value: part of the cache key, not of the tree of arrays.</summary>
    public bool IsStatic => !HasTensor;

    /// <summary>The type inside an <c>Optional</c>, a <c>List</c> or a <c>Dict</c>.</summary>
    internal TorchType Inner => Elements[0];

    /// <summary>Reads an annotation.</summary>
    /// <param name="text">The annotation as TorchScript prints it.</param>
    /// <exception cref="FormatException">The text is not an annotation.</exception>
    public static TorchType Parse(string text) => new TorchTypeReader(text).ReadAll();

    /// <inheritdoc/>
    public bool Equals(TorchType? other) => other is not null && other.text == text;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TorchType);

    /// <inheritdoc/>
    public override int GetHashCode() => text.GetHashCode(StringComparison.Ordinal);

    /// <summary>The annotation's text: <c>Dict[str, Tensor]</c>.</summary>
    public override string ToString() => text;
}
