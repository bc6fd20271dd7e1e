using Torch2Jax.Errors;

namespace Torch2Jax.WebApi.Problems;

/// <summary>
/// Answers for a request whose own thread is in a call that cannot be interrupted. That thread does nothing else with the
/// request meanwhile, and waits for this when it comes out.
/// </summary>
internal static class LateAnswer
{
    private static readonly object Key = new();

    public static async Task SendAsync(HttpContext context, EngineException error)
    {
        context.Items[Key] = true;
        if (HttpProtocol.IsHttp11(context.Request.Protocol) || HttpProtocol.IsHttp10(context.Request.Protocol))
        {
            // The next request on this connection would wait for the run.
            context.Response.Headers.Connection = "close";
        }

        try
        {
            await ProblemWriter.WriteAsync(context, ErrorTable.For(error.Code), error.Message, error.Path);
            await context.Response.CompleteAsync();
        }
        catch (Exception failure) when (failure is IOException or OperationCanceledException)
        {
            // The client left; nobody reads an answer.
        }
    }

    /// <summary>Whether the request has its answer.</summary>
    public static bool WasSent(HttpContext context) => context.Items.ContainsKey(Key);
}
