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
            var request = await reader.ReadAsync(context);
            return (request, Bind(function, request));
        }
        catch
        {
            api.Statistics.Of(function.Reference).Failure(Stopwatch.GetElapsedTime(began));
            throw;
        }
    }

    private static Invocation Bind(JaxFunction function, InferRequest request)
    {
        try
        {
            return InputBinder.Bind(
                function.Schema,
                request.Tensors.Select((tensor, i) => (request.Head.Inputs[i].Name!, tensor)),
                request.Head.Parameters
            );
        }
        catch
        {
            request.Dispose();
            throw;
        }
    }
}
