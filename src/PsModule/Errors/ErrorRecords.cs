using System.Management.Automation;
using Torch2Jax.Client;
using Torch2Jax.Errors;

namespace Torch2Jax.PsModule.Errors;

/// <summary>Exceptions as the shell's error records: an id of their own, a category, a target, and what to do.</summary>
internal static class ErrorRecords
{
    public static ErrorRecord Of(Exception error, object? target)
    {
        var (id, category, message, action) = error switch
        {
            ModuleException own => (own.Id, own.Category, own.Message, own.Action),
            EngineException engine => OfEngine(engine),
            SessionException session => (
                session.Failure.ToString(),
                ErrorTable.Category(session.Failure),
                session.Message,
                ErrorTable.Action(session.Failure)
            ),
            ObjectDisposedException => (
                "ConnectionClosed",
                ErrorCategory.ConnectionError,
                "The connection was closed while it was used.",
                "Connect again: Connect-Torch2Jax."
            ),
            UnauthorizedAccessException => (
                "AccessDenied",
                ErrorCategory.PermissionDenied,
                error.Message,
                "Check who may read and write there."
            ),
            IOException => (
                "FileFailed",
                ErrorCategory.WriteError,
                error.Message,
                "Check the path and the free space."
            ),
            ArgumentException or FormatException => (
                "InvalidArgument",
                ErrorCategory.InvalidArgument,
                error.Message,
                "See Get-Help for the cmdlet: Get-Help NAME -Full."
            ),
            _ => (
                "UnexpectedFailure",
                ErrorCategory.NotSpecified,
                error.Message,
                "This is a fault of the module: please report it with $Error[0].Exception.ToString()."
            ),
        };
        return new ErrorRecord(error, id, category, target)
        {
            ErrorDetails = new ErrorDetails(message) { RecommendedAction = action },
        };
    }

    private static (string Id, ErrorCategory Category, string Message, string Action) OfEngine(EngineException error)
    {
        // In a request the parameters have other names than here.
        var place = error
            .Path?.Replace("kwargs.", "KeywordArgument.", StringComparison.Ordinal)
            .Replace("args[", "ArgumentList[", StringComparison.Ordinal);
        var message =
            place is null || error.Message.Contains(place, StringComparison.Ordinal)
                ? error.Message
                : $"{error.Message} ({place})";
        var action = ErrorTable.Action(error.Code);
        if (error is ServiceException { RetryAfter: { } wait })
        {
            action = $"{action} The service asks to wait {Math.Ceiling(wait.TotalSeconds)} s.";
        }

        if (error is ServiceException { TraceId: { } trace })
        {
            action = $"{action} In the service's log this is {trace}.";
        }

        return (error.Code.ToString(), ErrorTable.Category(error.Code), message, action);
    }
}
