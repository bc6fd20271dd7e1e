using System.CommandLine;
using Torch2Jax.Tool.Values;

namespace Torch2Jax.Tool.Commands;

/// <summary>torch2jax invoke</summary>
internal static class InvokeCommand
{
    public static Command Create()
    {
        var call = new CallOptions();
        var outputs = new Option<string[]>("--output")
        {
            Description =
                "A file for the outputs: .npy, .npz, .safetensors, .json or .csv; may be given several times.",
            DefaultValueFactory = _ => [],
        };
        var source = new Option<string?>("--source")
        {
            Description = "The file with the function's source, for errors that have a line of it.",
        };
        var command = new Command("invoke", "Calls a function.") { outputs, source };
        call.AddTo(command);
        return command.Does(
            (session, parsed, reporter, token) =>
            {
                var files = parsed.GetValue(outputs)!;
                foreach (var file in files)
                {
                    OutputFile.Check(file);
                }

                var invocation = call.Read(parsed);
                using var result = session.Invoke(call.Function(parsed), invocation, token);
                reporter.Warn("call_warning", result.Warnings);
                foreach (var file in files)
                {
                    OutputFile.Write(file, result.Outputs);
                }

                ResultPrinter.Print(parsed, result, files);
            },
            parsed => parsed.GetValue(source)
        );
    }
}
