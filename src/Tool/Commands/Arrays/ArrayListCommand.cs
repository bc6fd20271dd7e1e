using System.CommandLine;

namespace Torch2Jax.Tool.Commands.Arrays;

/// <summary>torch2jax array list</summary>
internal static class ArrayListCommand
{
    public static Command Create()
    {
        var prefix = new Argument<string?>("prefix")
        {
            Description = "What names begin with; all without it.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        return new Command("list", "Lists stored arrays in order of their names.") { prefix }.Does(
            (session, parsed, _, token) =>
            {
                var arrays = session.Arrays.List(parsed.GetValue(prefix), token);
                Answer.Print(
                    parsed,
                    json =>
                    {
                        json.WriteStartArray("arrays");
                        foreach (var array in arrays)
                        {
                            json.WriteStartObject();
                            ArrayPrinter.Fields(json, array);
                            json.WriteEndObject();
                        }

                        json.WriteEndArray();
                    },
                    text =>
                    {
                        foreach (var array in arrays)
                        {
                            text.WriteLine(ArrayPrinter.Line(array));
                        }
                    }
                );
            }
        );
    }
}
