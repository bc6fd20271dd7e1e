using Torch2Jax.Arrays;
using Torch2Jax.Torch;
using Torch2Jax.Trees;

namespace Torch2Jax.PsModule.Values;

/// <summary>
/// What is known of the value at one place before it is read: its declared type, and what the function's example had there.
/// It decides what bare numbers and lists become.
/// </summary>
internal sealed class Expected
{
    private readonly TorchType? type;
    private readonly PyTree<IArgumentLeaf>? example;
    private readonly IReadOnlyList<Expected>? items;

    private Expected(TorchType? type, PyTree<IArgumentLeaf>? example, IReadOnlyList<Expected>? items)
    {
        this.type = type is { Kind: TorchTypeKind.Optional } ? type.Elements[0] : type;
        this.example = example;
        this.items = items;
    }

    /// <summary>Nothing is known.</summary>
    public static Expected Nothing { get; } = new(null, null, null);

    /// <summary>Whether a static value belongs here.</summary>
    public bool IsStatic => type is { HasTensor: false, Kind: not TorchTypeKind.Other };

    /// <summary>Whether one array belongs here.</summary>
    public bool IsArray => type?.Kind == TorchTypeKind.Tensor;

    /// <summary>Whether a tuple belongs here.</summary>
    public bool IsTuple => items is not null || type?.Kind == TorchTypeKind.Tuple || Kind == TreeKind.Tuple;

    /// <summary>Whether a list or a tuple of values belongs here.</summary>
    public bool IsSequence => IsTuple || type?.Kind == TorchTypeKind.List || Kind == TreeKind.List;

    /// <summary>The dtype of the example's leaf; null where there is none.</summary>
    public DType? Dtype => Kind == TreeKind.Leaf && example!.LeafSpan[0] is ShapeDtypeStruct aval ? aval.Dtype : null;

    private TreeKind? Kind => example?.Structure.Kind;

    public static Expected Of(TorchType? type, PyTree<IArgumentLeaf>? example) =>
        type is null && example is null ? Nothing : new(type, example, null);

    public static Expected Tuple(IReadOnlyList<Expected> items) => new(null, null, items);

    /// <summary>What belongs at a position.</summary>
    public Expected Item(int index) =>
        items is not null
            ? (index < items.Count ? items[index] : Nothing)
            : Of(
                type switch
                {
                    { Kind: TorchTypeKind.List } => type.Elements[0],
                    { Kind: TorchTypeKind.Tuple } when index < type.Elements.Length => type.Elements[index],
                    _ => null,
                },
                Kind is TreeKind.List or TreeKind.Tuple && index < example!.Children.Count ? example[index] : null
            );

    /// <summary>What belongs under a key.</summary>
    public Expected Key(string key) =>
        Of(
            type is { Kind: TorchTypeKind.Dict } ? type.Elements[0] : null,
            Kind == TreeKind.Dict && example!.Structure.Keys.Contains(key) ? example[key] : null
        );
}
