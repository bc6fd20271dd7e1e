using System.Text.Json.Nodes;
using Torch2Jax.Conformance.Goldens;

namespace Torch2Jax.Conformance;

/// <summary>The JSON of a tree of a tree's form that holds something else at its leaves (axes, partition specs).</summary>
internal static class LeafwiseTree
{
    public static JsonNode? Write(GoldenTree tree, Func<GoldenTree, JsonNode?> leaf) =>
        tree.Kind switch
        {
            NodeKind.Leaf => leaf(tree),
            NodeKind.Dict => new JsonObject(
                tree.Keys.Zip(tree.Children, (key, child) => KeyValuePair.Create(key, Write(child, leaf)))
            ),
            NodeKind.Tuple => new JsonObject { ["$tuple"] = Children(tree, leaf) },
            NodeKind.List => Children(tree, leaf),
            _ => null,
        };

    private static JsonArray Children(GoldenTree tree, Func<GoldenTree, JsonNode?> leaf) =>
        [.. tree.Children.Select(child => Write(child, leaf))];
}
