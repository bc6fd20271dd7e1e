using System.Text.Json.Nodes;

namespace Torch2Jax.Conformance;

/// <summary>
/// Reads out_specs as they were recorded, as the text of a Python expression: <c>(P('x',), {'a': P(None, ('x', 'y'))})</c>.
/// </summary>
internal sealed class PythonSpecs(string text)
{
    private int at;

    public JsonNode? Read()
    {
        Skip();
        switch (text[at])
        {
            case 'P':
                at++;
                return new JsonObject { ["$spec"] = Items('(', ')', tupleAsList: true) };
            case '(':
                return new JsonObject { ["$tuple"] = Items('(', ')', tupleAsList: false) };
            case '[':
                return Items('[', ']', tupleAsList: false);
            case '{':
                return Dict();
            case '\'':
                return Text();
            default:
                Expect("None");
                return null;
        }
    }

    private JsonArray Items(char open, char close, bool tupleAsList)
    {
        Expect(open.ToString());
        var items = new JsonArray();
        while (!Take(close))
        {
            Skip();
            items.Add(tupleAsList && text[at] == '(' ? Items('(', ')', true) : Read());
            Take(',');
        }

        return items;
    }

    private JsonObject Dict()
    {
        Expect("{");
        var items = new JsonObject();
        while (!Take('}'))
        {
            Skip();
            var key = Text();
            Expect(":");
            items[key] = Read();
            Take(',');
        }

        return items;
    }

    private string Text()
    {
        Expect("'");
        var end = text.IndexOf('\'', at);
        var value = text[at..end];
        at = end + 1;
        return value;
    }

    private void Skip()
    {
        while (at < text.Length && text[at] == ' ')
        {
            at++;
        }
    }

    private bool Take(char c)
    {
        Skip();
        if (at >= text.Length || text[at] != c)
        {
            return false;
        }

        at++;
        return true;
    }

    private void Expect(string token)
    {
        Skip();
        Assert.StartsWith(token, text[at..], StringComparison.Ordinal);
        at += token.Length;
    }
}
