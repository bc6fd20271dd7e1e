using System.CommandLine;

namespace Torch2Jax.Tool.Commands;

/// <summary>torch2jax list</summary>
internal static class ListCommand
{
    public static Command Create()
    {
        var prefix = new Argument<string?>("prefix")
        {
            Description = "What names begin with; all without it.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var command = new Command("list", "Lists functions, latest versions in order of their names.") { prefix };
        return command.Does(
            (session, parsed, _, token) =>
            {
                var functions = session.List(parsed.GetValue(prefix), token);
                Answer.Print(
                    parsed,
                    json =>
                    {
                        json.WriteStartArray("functions");
                        foreach (var function in functions)
                        {
                            json.WriteStartObject();
                            FunctionPrinter.Fields(json, function);
                            json.WriteEndObject();
                        }

                        json.WriteEndArray();
                    },
                    text =>
                    {
                        foreach (var function in functions)
                        {
                            text.WriteLine($"{function.Reference}: {function.Signature}");
                        }
                    }
                );
            }
        );
    }
}
