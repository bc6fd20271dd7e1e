using System.Diagnostics;
using Torch2Jax.Functions;
using Torch2Jax.WebApi.Apis;

namespace Torch2Jax.WebApi.V2;

/// <summary>POST /v2/models/{model}/infer.</summary>
internal sealed class InferApi(ApiContext api)
{
    private readonly InferReader reader = new(api);

    public async Task InferAsync(HttpContext context)
    {
        var began = Stopwatch.GetTimestamp();
        var function = await api.Engine.Functions.GetAsync(ModelName.Of(context), context.RequestAborted);
        var counts = api.Statistics.Of(function.Reference);
        try
        {
            var request = await reader.ReadAsync(context);
            var invocation = Bind(function, request);
            var read = Stopwatch.GetTimestamp();
            using var result = await api.Gate.RunAsync(
                invocation.Device,
                request.Head.DeadlineMs,
                () => function.Invoke(invocation),
                request,
                context.RequestAborted
            );
            var ran = Stopwatch.GetTimestamp();
            await new InferAnswer(request.Head, result).WriteAsync(context);
            counts.Success(
                Stopwatch.GetElapsedTime(began, read),
                Stopwatch.GetElapsedTime(read, ran),
                TimeSpan.FromMilliseconds(result.ElapsedMs),
                Stopwatch.GetElapsedTime(ran),
                result.Cache
            );
        }
        catch
        {
            counts.Failure(Stopwatch.GetElapsedTime(began));
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
