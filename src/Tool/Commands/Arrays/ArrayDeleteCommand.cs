using System.CommandLine;

namespace Torch2Jax.Tool.Commands.Arrays;

/// <summary>torch2jax array delete</summary>
internal static class ArrayDeleteCommand
{
    public static Command Create()
    {
        var name = ArrayCommand.Name();
        return new Command("delete", "Deletes a stored array; calls that use it go on.") { name }.Does(
            (session, parsed, _, token) =>
            {
                session.Arrays.Delete(parsed.GetValue(name)!, null, token);
                Answer.Print(
                    parsed,
                    json => json.WriteString("deleted", parsed.GetValue(name)),
                    text => text.WriteLine($"{parsed.GetValue(name)} is deleted.")
                );
            }
        );
    }
}
