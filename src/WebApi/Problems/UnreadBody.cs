using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;

namespace Torch2Jax.WebApi.Problems;

/// <summary>
/// Takes what a refused client still sends. A connection that is closed over unread bytes is reset, and a reset throws
/// away the answer that lies in the client's buffer: who sent too much would learn nothing of it.
/// </summary>
internal static class UnreadBody
{
    // As long as common proxies linger; whoever sends longer has seen the answer by now, or does not look for one.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>To be called before the answer is written: a client that still waits to be asked for its body is not asked.</summary>
    public static void Refuse(HttpContext context)
    {
        if (context.Request.Headers.Expect.Count > 0 && !IsBeingRead(context))
        {
            context.Response.Headers.Connection = "close";
        }
    }

    /// <summary>Sends the answer, then throws the rest of the body away for a while.</summary>
    public static async Task DropAsync(HttpContext context)
    {
        if (!MayHaveMore(context))
        {
            return;
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null;
        }

        try
        {
            await context.Response.CompleteAsync();
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
            limit.CancelAfter(Patience);
            await ReadAsync(context.Request.BodyReader, limit.Token);
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or InvalidOperationException)
        {
            // The client is gone, is too slow, or what it sends is no longer HTTP: there is nothing left to take.
        }
    }

    // Later versions of HTTP can refuse one body without closing the connection, and the server does.
    private static bool MayHaveMore(HttpContext context) =>
        (HttpProtocol.IsHttp11(context.Request.Protocol) || HttpProtocol.IsHttp10(context.Request.Protocol))
        && context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true }
        && (context.Request.Headers.Expect.Count == 0 || IsBeingRead(context));

    private static bool IsBeingRead(HttpContext context) =>
        context.Features.Get<IHttpMaxRequestBodySizeFeature>() is not { IsReadOnly: false };

    private static async Task ReadAsync(PipeReader body, CancellationToken limit)
    {
        while (true)
        {
            var piece = await body.ReadAsync(limit);
            body.AdvanceTo(piece.Buffer.End);
            if (piece.IsCompleted)
            {
                return;
            }
        }
    }
}
