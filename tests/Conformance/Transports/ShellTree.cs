using System.Collections;
using System.Collections.Specialized;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Torch2Jax.Arrays;
using Torch2Jax.Conformance.Goldens;
using Torch2Jax.PsModule;
using Torch2Jax.Trees;

namespace Torch2Jax.Conformance.Transports;

/// <summary>Recorded trees and options as scripts hold them, and back.</summary>
internal static class ShellTree
{
    public static object? Write(GoldenTree tree)
    {
        switch (tree.Kind)
        {
            case NodeKind.Tuple:
                return new Items([.. tree.Children.Select(Write)]);
            case NodeKind.List:
                return tree.Children.Select(Write).ToList();
            case NodeKind.Dict:
                var dictionary = new Hashtable();
                foreach (var (key, child) in tree.Keys.Zip(tree.Children))
                {
                    dictionary[key] = Write(child);
                }

                return dictionary;
            case NodeKind.None:
                return null;
            case NodeKind.Static:
                return Value(JsonNode.Parse(tree.Static.GetRawText()));
            default:
                var aval = new ShapeDtypeStruct(DTypes.Parse(tree.Dtype, ""), tree.Shape.AsSpan());
                return tree.Data is null ? new Torch2JaxShape(aval) : new Torch2JaxArray(aval, Padded(tree.Data));
        }
    }

    public static Hashtable? Write(IReadOnlyDictionary<string, GoldenTree>? trees) =>
        trees is null ? null : new Hashtable(trees.ToDictionary(item => item.Key, item => Write(item.Value)));

    public static object?[]? Write(JsonNode? options) =>
        options is JsonArray items ? [.. items.Select(Value)]
        : options is null ? null
        : [Value(options)];

    public static GoldenTree Read(TreeDef structure, object? value)
    {
        switch (structure.Kind)
        {
            case TreeKind.None:
                return GoldenTree.None;
            case TreeKind.Dict:
                var dictionary = (OrderedDictionary)value!;
                return GoldenTree.Dict(
                    structure.Keys.Zip(structure.Children, (key, child) => (key, Read(child, dictionary[key])))
                );
            case TreeKind.Leaf when value is Torch2JaxArray array:
                return Leaf(array.Aval) with { Data = array.ToBytes() };
            case TreeKind.Leaf:
                return Leaf(((Torch2JaxShape)value!).Aval);
            default:
                GoldenTree[] children = [.. structure.Children.Zip((object?[])value!, Read)];
                return structure.Kind == TreeKind.List
                    ? new GoldenTree(NodeKind.List) { Children = children }
                    : GoldenTree.Tuple(children);
        }
    }

    private static GoldenTree Leaf(ShapeDtypeStruct aval) =>
        new(NodeKind.Leaf) { Dtype = aval.Dtype.Name(), Shape = [.. aval.Shape] };

    private static object? Value(JsonNode? node) =>
        node switch
        {
            JsonObject o => new Hashtable(o.ToDictionary(item => item.Key, item => Value(item.Value))),
            JsonArray a => a.Select(Value).ToArray(),
            JsonValue v => v.GetValueKind() switch
            {
                JsonValueKind.True or JsonValueKind.False => v.GetValue<bool>(),
                JsonValueKind.String => v.GetValue<string>(),
                _ when v.TryGetValue<long>(out var whole) => whole,
                _ when v.TryGetValue<int>(out var number) => (long)number,
                _ => v.GetValue<double>(),
            },
            _ => null,
        };

    // An array without elements has a byte all the same.
    private static byte[] Padded(byte[] data) => data.Length == 0 ? new byte[1] : data;

    private sealed class Items(object?[] items) : ITuple
    {
        public int Length => items.Length;

        public object? this[int index] => items[index];
    }
}
