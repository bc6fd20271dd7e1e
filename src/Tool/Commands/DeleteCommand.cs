using System.CommandLine;

namespace Torch2Jax.Tool.Commands;

/// <summary>torch2jax delete</summary>
internal static class DeleteCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("name") { Description = "The function's name." };
        var command = new Command("delete", "Deletes a function with all its versions and its shape cache.") { name };
        return command.Does(
            (session, parsed, _, token) =>
            {
                session.Delete(parsed.GetValue(name)!, token);
                Answer.Print(
                    parsed,
                    json => json.WriteString("deleted", parsed.GetValue(name)),
                    text => text.WriteLine($"{parsed.GetValue(name)} is deleted.")
                );
            }
        );
    }
}
