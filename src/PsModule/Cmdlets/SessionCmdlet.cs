using System.Management.Automation;
using Torch2Jax.Client;
using Torch2Jax.PsModule.Connections;
using Torch2Jax.PsModule.Errors;

namespace Torch2Jax.PsModule.Cmdlets;

/// <summary>
/// What all cmdlets share: a token that Ctrl-C cancels, the runspace's connection, and how errors are told. What is wrong with
/// one item of the pipeline does not end the pipeline; that there is nothing to talk to does.
/// </summary>
public abstract class SessionCmdlet : PSCmdlet, IDisposable
{
    private readonly CancellationTokenSource stopping = new();
    private Torch2JaxConnection? connection;

    private protected CancellationToken StopToken => stopping.Token;

    private protected IFunctionSession Session => Connection.Session;

    private protected Torch2JaxConnection Connection => connection ??= OpenConnection();

    /// <inheritdoc/>
    public void Dispose()
    {
        stopping.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    protected override void StopProcessing() => stopping.Cancel();

    /// <summary>Does the work of one item; an error is written, and false says that there is no result.</summary>
    private protected bool TryItem<T>(object? target, Func<T> work, out T result)
    {
        try
        {
            result = work();
            return true;
        }
        catch (Exception error) when (error is not PipelineStoppedException)
        {
            result = default!;
            WriteError(RecordOf(error, target));
            return false;
        }
    }

    /// <summary>Does the work of one item that has no result.</summary>
    private protected void TryItem(object? target, Action work) =>
        TryItem(
            target,
            () =>
            {
                work();
                return true;
            },
            out _
        );

    /// <summary>Does work without which the cmdlet cannot go on.</summary>
    private protected T OrEnd<T>(object? target, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception error) when (error is not PipelineStoppedException)
        {
            ThrowTerminatingError(RecordOf(error, target));
            throw;
        }
    }

    /// <summary>Files that a path names: with wildcards, relative to the current location.</summary>
    private protected IReadOnlyList<string> Files(string path, bool literal)
    {
        if (literal)
        {
            return [GetUnresolvedProviderPathFromPSPath(path)];
        }

        return [.. GetResolvedProviderPathFromPSPath(path, out _)];
    }

    private protected void Say(Torch2JaxResult result)
    {
        WriteVerbose(
            FormattableString.Invariant(
                $"{result.Function} on {result.ShapeKey}: {result.Cache}, {result.ElapsedMs:0.###} ms in the engine"
            )
        );
        foreach (var warning in result.Warnings)
        {
            WriteWarning(warning);
        }
    }

    private ErrorRecord RecordOf(Exception error, object? target)
    {
        if (error is OperationCanceledException && StopToken.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }

        return error is IContainsErrorRecord { ErrorRecord: { } own } ? own : ErrorRecords.Of(error, target);
    }

    private Torch2JaxConnection OpenConnection()
    {
        if (ConnectionTable.Instance.Current is { } current)
        {
            return current;
        }

        return Opening("the engine in this process", () => ConnectionTable.Instance.CurrentOrOpen(StopToken));
    }

    private protected Torch2JaxConnection Opening(string what, Func<Torch2JaxConnection> open)
    {
        var progress = new ProgressRecord(0, "Torch2Jax", $"Opening {what}");
        WriteProgress(progress);
        try
        {
            return OrEnd(what, open);
        }
        finally
        {
            progress.RecordType = ProgressRecordType.Completed;
            WriteProgress(progress);
        }
    }
}
