using System.CommandLine;

namespace Torch2Jax.Tool.Commands.Arrays;

/// <summary>torch2jax array: arrays that are stored once and named in calls.</summary>
internal static class ArrayCommand
{
    public static Command Create() =>
        new("array", "Arrays that are stored once and named in calls: ref:NAME (docs/arrays.md).")
        {
            ArrayPutCommand.Create(),
            ArrayGetCommand.Create(),
            ArrayListCommand.Create(),
            ArrayDeleteCommand.Create(),
        };

    public static Argument<string> Name() => new("name") { Description = "The stored array's name." };
}
