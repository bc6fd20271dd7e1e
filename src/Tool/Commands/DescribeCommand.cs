using System.CommandLine;

namespace Torch2Jax.Tool.Commands;

/// <summary>torch2jax describe</summary>
internal static class DescribeCommand
{
    public static Command Create()
    {
        var reference = new Argument<string>("function") { Description = "name, or name@version." };
        var command = new Command("describe", "Says what is known of a function.") { reference };
        return command.Does(
            (session, parsed, _, token) =>
                FunctionPrinter.Print(parsed, session.Describe(parsed.GetValue(reference)!, token))
        );
    }
}
