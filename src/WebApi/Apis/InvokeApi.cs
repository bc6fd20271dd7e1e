using System.Diagnostics;
using Torch2Jax.Functions;
using Torch2Jax.WebApi.Bodies;
using Torch2Jax.WebApi.Contracts;
using Torch2Jax.WebApi.OpenApi;
using Torch2Jax.WebApi.Problems;

namespace Torch2Jax.WebApi.Apis;

/// <summary>/api/functions/{name}/invoke and eval-shape.</summary>
internal sealed class InvokeApi(ApiContext api)
{
    private readonly ArrayBody arrays = new(api);

    public async Task InvokeAsync(HttpContext context)
    {
        var began = Stopwatch.GetTimestamp();
        var (read, function) = await ReadAnyAsync(context);
        var call = await ResolveAsync(context, read);
        await api.InvokeAsync(
            context,
            function,
            call.Invocation,
            call.DeadlineMs,
            call,
            began,
            result =>
                ArrayFormats.Accepted(context.Request) is var format && format == ArrayFormat.Json
                    ? JsonAnswer.WriteAsync(context, 200, (result, call.Encoding), InvocationJson.Write)
                    : ArrayAnswer.WriteAsync(context, result, format)
        );
    }

    public async Task EvalShapeAsync(HttpContext context)
    {
        var began = Stopwatch.GetTimestamp();
        var read = await ReadAsync(context);
        var function = await FindAsync(context, read);
        var call = await ResolveShapesAsync(context, read);
        var result = await api.Gate.RunAsync(
            call.Invocation.Device,
            call.DeadlineMs,
            () => function.EvalShape(api.Timed(function, call.Invocation, call.DeadlineMs, began)),
            call,
            context.RequestAborted
        );
        await JsonAnswer.WriteAsync(context, 200, result, InvocationJson.WriteShapes);
    }

    // Arrays are bound to arguments by name, so their function has to be known first.
    private async ValueTask<(InvocationBody Call, JaxFunction Function)> ReadAnyAsync(HttpContext context)
    {
        var format = ArrayFormats.OfContentType(context.Request.ContentType);
        if (format == ArrayFormat.Json)
        {
            var call = await ReadAsync(context);
            return (call, await FindAsync(context, call));
        }

        var function = await api.Engine.Functions.GetAsync(ApiContext.Reference(context), context.RequestAborted);
        return (await arrays.ReadAsync(context, format, function.Schema), function);
    }

    // The body's memory goes back before the function runs: the arrays are copies of it.
    private async ValueTask<InvocationBody> ReadAsync(HttpContext context)
    {
        using var body = await api.ReadJsonAsync(context);
        return InvocationReader.Read(body.Bytes, api.Reading);
    }

    // Names of stored arrays are followed once the function is known; what they stand for stays until the call has ended.
    private async ValueTask<InvocationBody> ResolveAsync(HttpContext context, InvocationBody call)
    {
        try
        {
            var resolved = await api.Engine.Functions.ResolveAsync(call.Invocation, context.RequestAborted);
            return ReferenceEquals(resolved.Invocation, call.Invocation)
                ? call
                : call with
                {
                    Invocation = resolved.Invocation,
                    Held = resolved,
                };
        }
        catch
        {
            call.Dispose();
            throw;
        }
    }

    private async ValueTask<InvocationBody> ResolveShapesAsync(HttpContext context, InvocationBody call)
    {
        try
        {
            var resolved = await api.Engine.Functions.ResolveShapesAsync(call.Invocation, context.RequestAborted);
            return ReferenceEquals(resolved, call.Invocation) ? call : call with { Invocation = resolved };
        }
        catch
        {
            call.Dispose();
            throw;
        }
    }

    // Once the gate has the arguments it frees them; until then it is done here.
    private async ValueTask<JaxFunction> FindAsync(HttpContext context, InvocationBody call)
    {
        try
        {
            return await api.Engine.Functions.GetAsync(ApiContext.Reference(context), context.RequestAborted);
        }
        catch
        {
            call.Dispose();
            throw;
        }
    }
}

/// <summary>The addresses of <see cref="InvokeApi"/>.</summary>
internal static class InvokeRoutes
{
    public static void MapInvoke(this WebApplication app)
    {
        var api = new InvokeApi(ApiContext.Of(app));
        app.MapPost("/api/functions/{name}/invoke", api.InvokeAsync).Describe(InvokeDocs.Invoke);
        app.MapPost("/api/functions/{name}/eval-shape", api.EvalShapeAsync).Describe(InvokeDocs.EvalShape);
    }
}
