using System.CommandLine;
using Torch2Jax.Tool;
using Torch2Jax.Tool.Commands;
using Torch2Jax.Tool.Commands.Arrays;
using Torch2Jax.Tool.Commands.Batches;
using Torch2Jax.Tool.Commands.Schedules;

// torch2jax: docs/command-line.md
var root = new RootCommand("Registers and calls PyTorch functions, in this process or in a service.")
{
    RegisterCommand.Create(),
    InvokeCommand.Create(),
    EvalShapeCommand.Create(),
    ListCommand.Create(),
    DescribeCommand.Create(),
    SourceCommand.Create(),
    DeleteCommand.Create(),
    ShapeCacheCommand.Create(),
    DevicesCommand.Create(),
    ArrayCommand.Create(),
    BatchCommand.Create(),
    ScheduleCommand.Create(),
};
SessionOptions.AddTo(root);

// '@' begins the name of an array file here, not that of a file with more arguments.
var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
if (parsed.Errors.Count > 0)
{
    foreach (var error in parsed.Errors)
    {
        Console.Error.WriteLine($"torch2jax: error T2J_usage: {error.Message}");
    }

    Console.Error.WriteLine("torch2jax COMMAND --help says what each command takes.");
    return ExitCode.Usage;
}

return await parsed.InvokeAsync(
    new InvocationConfiguration
    {
        EnableDefaultExceptionHandler = false,
        // A batch that is interrupted first finishes the chunks that it has begun.
        ProcessTerminationTimeout = BatchCommand.Has(parsed) ? TimeSpan.FromSeconds(60) : TimeSpan.FromSeconds(2),
    }
);
