using System.CommandLine;

namespace Torch2Jax.Tool.Commands.Batches;

/// <summary>torch2jax batch: functions over files.</summary>
internal static class BatchCommand
{
    private const string Name = "batch";

    public static Command Create() =>
        new(Name, "Runs functions over files, unattended; what is killed is resumed.")
        {
            BatchRunCommand.Create(),
            BatchResumeCommand.Create(),
            BatchCheckCommand.Create(),
            BatchListCommand.Create(),
            BatchShowCommand.Create(),
            BatchCancelCommand.Create(),
            BatchDeleteCommand.Create(),
        };

    /// <summary>Whether a command line is one of these.</summary>
    public static bool Has(ParseResult parsed) =>
        parsed.CommandResult.Parent is System.CommandLine.Parsing.CommandResult { Command.Name: Name };

    /// <summary>The id of a batch.</summary>
    public static Argument<Guid> Id() => new("id") { Description = "The batch's id." };
}
