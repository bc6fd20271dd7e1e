using System.CommandLine;
using Torch2Jax.Encoding;
using Torch2Jax.Tool.Values;

namespace Torch2Jax.Tool.Commands.Arrays;

/// <summary>torch2jax array get</summary>
internal static class ArrayGetCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("name") { Description = "The stored array's name, or NAME@sha256:HEX." };
        var file = new Argument<string?>("file")
        {
            Description = "Where its arrays go: .npy, .npz, .safetensors, .json or .csv; without it they are printed.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        return new Command("get", "Gives the arrays that are stored under a name.") { name, file }.Does(
            (session, parsed, _, token) =>
            {
                var path = parsed.GetValue(file);
                if (path is not null)
                {
                    OutputFile.Check(path);
                }

                using var content = session.Arrays.Get(parsed.GetValue(name)!, token);
                if (path is not null)
                {
                    OutputFile.Write(path, content.Tree);
                }

                Answer.Print(
                    parsed,
                    json =>
                    {
                        ArrayPrinter.Fields(json, content.Array);
                        if (path is null)
                        {
                            json.WritePropertyName("arrays");
                            TreeJson.Write(json, content.Tree, ArrayEncoding.Nested);
                        }
                        else
                        {
                            json.WriteString("file", path);
                        }
                    },
                    text =>
                    {
                        text.WriteLine(ArrayPrinter.Line(content.Array));
                        if (path is null)
                        {
                            ResultPrinter.WriteArrays(text, content.Tree);
                        }
                        else
                        {
                            text.WriteLine($"-> {path}");
                        }
                    }
                );
            }
        );
    }
}
