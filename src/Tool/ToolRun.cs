using System.CommandLine;
using Torch2Jax.Client;
using Torch2Jax.Errors;
using Torch2Jax.Tool.Reports;

namespace Torch2Jax.Tool;

/// <summary>Runs one command over a session, and turns whatever goes wrong into a report and an exit code.</summary>
internal static class ToolRun
{
    /// <summary>Gives a command its work.</summary>
    /// <param name="command">The command.</param>
    /// <param name="work">What it does; reports that are not errors go to the reporter.</param>
    /// <param name="source">The file that errors of the function itself are about; null for none.</param>
    public static Command Does(
        this Command command,
        Action<IFunctionSession, ParseResult, Reporter, CancellationToken> work,
        Func<ParseResult, string?>? source = null
    ) =>
        command.Ends(
            (session, parsed, reporter, token) =>
            {
                work(session, parsed, reporter, token);
                return ExitCode.Done;
            },
            source
        );

    /// <summary>Gives a command work that says itself how the process ends.</summary>
    public static Command Ends(
        this Command command,
        Func<IFunctionSession, ParseResult, Reporter, CancellationToken, int> work,
        Func<ParseResult, string?>? source = null
    )
    {
        // On another thread, so that Ctrl-C is listened to.
        command.SetAction(
            (parsed, token) => Task.Run(() => Run(parsed, work, source?.Invoke(parsed), token), CancellationToken.None)
        );
        return command;
    }

    private static int Run(
        ParseResult parsed,
        Func<IFunctionSession, ParseResult, Reporter, CancellationToken, int> work,
        string? source,
        CancellationToken cancellationToken
    )
    {
        var reporter = new Reporter(Console.Error, parsed.GetValue(SessionOptions.Errors)!);
        try
        {
            using var session = SessionOptions.Open(parsed, cancellationToken);
            return work(session, parsed, reporter, cancellationToken);
        }
        catch (ToolException error)
        {
            reporter.Write(
                Report.Error(error.Code, error.Message) with
                {
                    File = error.File,
                    Line = error.Line,
                    Column = error.Column,
                    Path = error.Path,
                }
            );
            return ExitCode.Usage;
        }
        catch (EngineException error)
        {
            reporter.Write(Report.Of(error, source));
            return ExitCode.Of(error.Code);
        }
        catch (SessionException error)
        {
            reporter.Write(Report.Error(ErrorCodes.Text(error.Failure), error.Message));
            return ExitCode.Of(error.Failure);
        }
        catch (OperationCanceledException interrupted)
        {
            var words = interrupted is InterruptedBatchException batch ? batch.Message : "Interrupted.";
            reporter.Write(Report.Error("cancelled", words));
            return ExitCode.Cancelled;
        }
    }
}
