using System.Text.Json.Nodes;
using Torch2Jax.Sharding;
using Torch2Jax.Tests.Transforms;
using Torch2Jax.Trees;

namespace Torch2Jax.Tests.Sharding;

/// <summary>Python's text of specs, <c>(P('x',), {'t': P(None, 'x')})</c>, as a request says it.</summary>
internal static class SpecText
{
    public static PyTree<PartitionSpec?> Read(string text)
    {
        var at = 0;
        var tree = Node(text, ref at, insideSpec: false);
        var request = $$"""{"mesh":{"axisNames":["x"],"shape":[1]},"inSpecs":[],"outSpecs":{{tree!.ToJsonString()}}}""";
        return ShardingReader.Read(Planning.Json(request))!.OutSpecs!;
    }

    private static JsonNode? Node(string text, ref int at, bool insideSpec)
    {
        switch (text[at])
        {
            case 'P':
                at++;
                return new JsonObject { ["$spec"] = Items(text, ref at, ')', insideSpec: true) };
            case '(':
                var items = Items(text, ref at, ')', insideSpec);
                return insideSpec ? items : new JsonObject { ["$tuple"] = items };
            case '[':
                return Items(text, ref at, ']', insideSpec);
            case '{':
                var members = new JsonObject();
                for (at++; text[at] != '}'; Skip(text, ref at))
                {
                    var key = Quoted(text, ref at);
                    at += ": ".Length;
                    members[key] = Node(text, ref at, insideSpec);
                }

                at++;
                return members;
            case '\'':
                return JsonValue.Create(Quoted(text, ref at));
            default:
                Assert.StartsWith("None", text[at..], StringComparison.Ordinal);
                at += "None".Length;
                return null;
        }
    }

    private static JsonArray Items(string text, ref int at, char close, bool insideSpec)
    {
        var items = new JsonArray();
        for (at++; text[at] != close; Skip(text, ref at))
        {
            items.Add(Node(text, ref at, insideSpec));
        }

        at++;
        return items;
    }

    private static string Quoted(string text, ref int at)
    {
        var end = text.IndexOf('\'', at + 1);
        var value = text[(at + 1)..end];
        at = end + 1;
        return value;
    }

    private static void Skip(string text, ref int at)
    {
        while (text[at] is ',' or ' ')
        {
            at++;
        }
    }
}
