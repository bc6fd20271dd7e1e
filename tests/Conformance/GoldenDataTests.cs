using System.Text.Json;
using Torch2Jax.Conformance.Goldens;

namespace Torch2Jax.Conformance;

/// <summary>The suite's own reading and writing: a slip here would blame, or excuse, the product.</summary>
public sealed class GoldenDataTests
{
    [Theory]
    [InlineData("functions")]
    [InlineData("sharding")]
    public void Every_recorded_array_survives_the_way_over_the_wire(string family)
    {
        var trees = GoldenCase.Family(family).Where(golden => golden.Has("npz")).SelectMany(Trees).ToList();
        Assert.True(trees.Count > 50);
        foreach (var tree in trees)
        {
            var wire = WireTree.Read(JsonSerializer.SerializeToElement(WireTree.Write(tree)));
            Assert.Null(Comparison.Difference(wire, tree, 0, 0));
        }
    }

    [Theory]
    [InlineData("P('x',)", """{"$spec":["x"]}""")]
    [InlineData("P()", """{"$spec":[]}""")]
    [InlineData("P(('a', 'b'), None)", """{"$spec":[["a","b"],null]}""")]
    [InlineData("(P('x',), {'a': P(None, 'x')})", """{"$tuple":[{"$spec":["x"]},{"a":{"$spec":[null,"x"]}}]}""")]
    [InlineData("[P('x',), None]", """[{"$spec":["x"]},null]""")]
    public void Recorded_specs_are_read_as_Python_reads_them(string text, string json) =>
        Assert.Equal(json, new PythonSpecs(text).Read()!.ToJsonString());

    private static IEnumerable<GoldenTree> Trees(GoldenCase golden) =>
        golden.Has("outputs")
            ? golden.Trees(golden.Json.GetProperty("args")).Append(golden.Tree("outputs")!)
            : golden.Trees(golden.Json.GetProperty("args"));
}
