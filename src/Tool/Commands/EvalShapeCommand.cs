using System.CommandLine;
using Torch2Jax.Encoding;
using Torch2Jax.Tool.Values;

namespace Torch2Jax.Tool.Commands;

/// <summary>torch2jax eval-shape</summary>
internal static class EvalShapeCommand
{
    public static Command Create()
    {
        var call = new CallOptions();
        var command = new Command("eval-shape", "Finds the shapes of a call's outputs without computing them.");
        call.AddTo(command);
        return command.Does(
            (session, parsed, reporter, token) =>
            {
                var result = session.EvalShape(call.Function(parsed), call.Read(parsed), token);
                reporter.Warn("call_warning", result.Warnings);
                Answer.Print(
                    parsed,
                    json =>
                    {
                        json.WriteString("function", result.Function);
                        json.WriteString("shapeKey", result.ShapeKey);
                        json.WriteString("treedef", result.Outputs.Structure.ToString());
                        json.WritePropertyName("outputs");
                        TreeJson.WriteShapes(json, result.Outputs);
                    },
                    text =>
                    {
                        text.WriteLine(result.Outputs.Structure);
                        foreach (var leaf in result.Outputs.Leaves)
                        {
                            text.WriteLine(leaf);
                        }
                    }
                );
            }
        );
    }
}
