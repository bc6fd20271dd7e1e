using Torch2Jax.Errors;

namespace Torch2Jax.WebApi.Problems;

/// <summary>The outermost layer: whatever fails below answers in the contract's form, with nothing internal in it.</summary>
internal sealed partial class ProblemMiddleware(RequestDelegate next, ILogger<ProblemMiddleware> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
            if (IsBareFailure(context.Response))
            {
                var (form, detail) = ErrorTable.ForStatus(context.Response.StatusCode);
                await WriteAsync(context, form, detail, null);
            }
        }
        catch (EngineException) when (LateAnswer.WasSent(context))
        {
            // A deadline was over; the clock told the caller so.
        }
        catch (EngineException error)
        {
            if (error.Code == ErrorCode.Internal)
            {
                LogFault(logger, error, TraceIds.Of(context));
            }

            var detail = error.Code == ErrorCode.Internal ? ErrorTable.ForStatus(500).Detail : error.Message;
            await AnswerAsync(context, ErrorTable.For(error.Code), detail, error.Path);
        }
        catch (BadHttpRequestException error)
        {
            var (form, detail) = ErrorTable.ForStatus(error.StatusCode);
            await AnswerAsync(context, form, BodyText(error) ?? detail, null);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client left; nobody reads an answer.
            context.Abort();
        }
        catch (OutOfMemoryException error)
        {
            LogFault(logger, error, TraceIds.Of(context));
            const string detail = "There is not enough memory for this request now.";
            await AnswerAsync(context, ErrorTable.For(ErrorCode.Overloaded), detail, null);
        }
#pragma warning disable CA1031 // The last resort: the cause goes to the log under the trace id, the caller gets the contract's form.
        catch (Exception error)
#pragma warning restore CA1031
        {
            LogFault(logger, error, TraceIds.Of(context));
            var (form, detail) = ErrorTable.ForStatus(500);
            await AnswerAsync(context, form, detail, null);
        }
    }

    private static bool IsBareFailure(HttpResponse response) =>
        response.StatusCode >= 400
        && !response.HasStarted
        && response.ContentLength is null
        && response.ContentType is null;

    private static async Task AnswerAsync(HttpContext context, ErrorForm form, string detail, string? path)
    {
        if (context.Response.HasStarted)
        {
            // Half of an answer is out: cutting the connection is the only way left to say that it failed.
            context.Abort();
            return;
        }

        var headers = context.Response.Headers;
        headers.Location = default;
        headers.ContentEncoding = default;
        headers.ETag = default;
        headers.LastModified = default;
        headers.CacheControl = "no-store";
        await WriteAsync(context, form, detail, path);
    }

    private static async Task WriteAsync(HttpContext context, ErrorForm form, string detail, string? path)
    {
        UnreadBody.Refuse(context);
        await ProblemWriter.WriteAsync(context, form, detail, path);
        await UnreadBody.DropAsync(context);
    }

    private static string? BodyText(BadHttpRequestException error) =>
        error.StatusCode == 400 ? "The body was cut short or is not framed as its headers say." : null;

    [LoggerMessage(1001, LogLevel.Error, "The request {TraceId} failed")]
    private static partial void LogFault(ILogger logger, Exception error, string traceId);
}
