using System.Collections;
using System.Management.Automation;
using System.Runtime.CompilerServices;
using Torch2Jax.Functions;
using Torch2Jax.PsModule.Errors;
using Torch2Jax.Trees;

namespace Torch2Jax.PsModule.Values;

/// <summary>Reads -OutputShape: shapes as text (<c>float32[2, 3]</c>, <c>[2, 3]</c>), as arrays, or trees of them.</summary>
internal static class OutputShapes
{
    private const string Parameter = "OutputShape";

    /// <param name="given">What was given.</param>
    /// <param name="returns">What the function returns; several values are a tuple where it does not say.</param>
    public static PyTree<OutputShapeLeaf>? Read(object? given, Expected returns) =>
        given is null ? null : Read(given, returns, Parameter);

    private static PyTree<OutputShapeLeaf> Read(object? given, Expected expected, string place)
    {
        switch (Unwrap.Value(given))
        {
            case null:
                return PyTree.None<OutputShapeLeaf>();
            case Torch2JaxShape shape:
                return PyTree.Leaf(new OutputShapeLeaf(shape.Aval.Dtype, shape.Aval.Shape));
            case Torch2JaxArray array:
                return PyTree.Leaf(new OutputShapeLeaf(array.Aval.Dtype, array.Aval.Shape));
            case string text when ShapeText.TryParse(text, out var dtype, out var dimensions):
                return PyTree.Leaf(new OutputShapeLeaf(dtype, dimensions));
            case ITuple tuple:
                return PyTree.Tuple(
                    [
                        .. Enumerable
                            .Range(0, tuple.Length)
                            .Select(i => Read(tuple[i], expected.Item(i), $"{place}[{i}]")),
                    ]
                );
            case IDictionary dictionary:
                return PyTree.Dict(
                    dictionary
                        .Cast<DictionaryEntry>()
                        .Select(entry => (Key: $"{entry.Key}", entry.Value))
                        .Select(item =>
                            KeyValuePair.Create(
                                item.Key,
                                Read(item.Value, expected.Key(item.Key), $"{place}.{item.Key}")
                            )
                        )
                );
            case IEnumerable list and not string:
                PyTree<OutputShapeLeaf>[] items =
                [
                    .. list.Cast<object?>().Select((item, i) => Read(item, expected.Item(i), $"{place}[{i}]")),
                ];
                return expected is { IsSequence: true, IsTuple: false } ? PyTree.List(items) : PyTree.Tuple(items);
            default:
                throw new ModuleException(
                    "ShapeNotUnderstood",
                    ErrorCategory.InvalidArgument,
                    $"{place} is \"{given}\", which is no shape.",
                    "Write a shape as 'float32[10, 5]', a scalar as 'float32[]'; several outputs as a list, a dict as a hashtable."
                );
        }
    }
}
