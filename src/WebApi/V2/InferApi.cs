using System.Diagnostics;
using Torch2Jax.Functions;
using Torch2Jax.WebApi.Apis;
using Torch2Jax.WebApi.Problems;

namespace Torch2Jax.WebApi.V2;

/// <summary>POST /v2/models/{model}/infer.</summary>
internal sealed class InferApi(ApiContext api)
{
    private readonly InferReader reader = new(api);

    public async Task InferAsync(HttpContext context)
    {
        var began = Stopwatch.GetTimestamp();
        var function = await api.Engine.Functions.GetAsync(ModelName.Of(context), context.RequestAborted);
        var (request, invocation) = await ReadAsync(context, function, began);
        await api.InvokeAsync(
            context,
            function,
            invocation,
            request.Head.DeadlineMs,
            request,
            began,
            result => new InferAnswer(request.Head, result).WriteAsync(context)
        );
    }

    // A body that cannot be read counts as a failed inference of the model, as with Triton.
    private async ValueTask<(InferRequest Request, Invocation Invocation)> ReadAsync(
        HttpContext context,
        JaxFunction function,
        long began
    )
    {
        try
        {
            return await ResolveAsync(context, Bind(function, await reader.ReadAsync(context)));
        }
        catch
        {
            api.Statistics.Of(function.Reference).Failure(Stopwatch.GetElapsedTime(began));
            throw;
        }
    }

    private async ValueTask<(InferRequest, Invocation)> ResolveAsync(
        HttpContext context,
        (InferRequest Request, Invocation Invocation) read
    )
    {
        try
        {
            var resolved = await api.Engine.Functions.ResolveAsync(read.Invocation, context.RequestAborted);
            return (read.Request with { Held = resolved }, resolved.Invocation);
        }
        catch
        {
            read.Request.Dispose();
            throw;
        }
    }

    private static (InferRequest, Invocation) Bind(JaxFunction function, InferRequest request)
    {
        try
        {
            var invocation = InputBinder.Bind(
                function.Schema,
                request.Tensors.Select((tensor, i) => (request.Head.Inputs[i].Name!, tensor)),
                request.Head.Parameters,
                References.Of(request.Head.Parameters)
            );
            return (request, invocation);
        }
        catch
        {
            request.Dispose();
            throw;
        }
    }
}
