using Microsoft.AspNetCore.Http.Extensions;
using Torch2Jax.Functions;
using Torch2Jax.WebApi.Bodies;
using Torch2Jax.WebApi.Contracts;
using Torch2Jax.WebApi.OpenApi;

namespace Torch2Jax.WebApi.Apis;

/// <summary>/api/functions: register, list, describe, delete.</summary>
internal sealed class FunctionsApi(ApiContext api)
{
    /// <summary>Answers with the function as it is stored.</summary>
    public static Task AnswerAsync(HttpContext context, Registration registration)
    {
        var version = registration.Version;
        if (registration.Created)
        {
            context.Response.Headers.Location = UriHelper.BuildRelative(
                context.Request.PathBase,
                $"/api/functions/{version.Name}@{version.Version}"
            );
        }

        return JsonAnswer.WriteAsync(context, registration.Created ? 201 : 200, version, FunctionJson.Write);
    }

    public async Task RegisterAsync(HttpContext context)
    {
        using var body = await api.ReadJsonAsync(context);
        using var read = RegistrationReader.Read(body.Bytes, api.Options.Limits);
        var isolation = IsolationChoice.Of(context, read.Isolation, api.Options.Isolation);
        var registration = await api.Engine.Functions.RegisterAsync(read.ToRequest(isolation), context.RequestAborted);
        await AnswerAsync(context, registration);
    }

    public async Task ListAsync(HttpContext context)
    {
        var query = new ListQuery(context.Request.Query);
        var after = query.Cursor;
        var functions = await api.Engine.Functions.ListAsync(
            query.Prefix,
            after,
            query.Limit + 1,
            context.RequestAborted
        );
        var more = functions.Count > query.Limit;
        IReadOnlyList<FunctionVersion> page = more ? [.. functions.Take(query.Limit)] : functions;
        var next = more ? ListQuery.CursorAfter(page[^1].Name) : null;
        await JsonAnswer.WriteAsync(context, 200, (page, next), FunctionJson.WriteList);
    }

    public async Task DescribeAsync(HttpContext context)
    {
        var version = await api.Engine.Functions.DescribeAsync(ApiContext.Reference(context), context.RequestAborted);
        var quarantine = api.Engine.Functions.QuarantineOf(version);
        await JsonAnswer.WriteAsync(context, 200, (version, quarantine), FunctionJson.WriteState);
    }

    public async Task ReleaseAsync(HttpContext context)
    {
        var reference = ApiContext.Reference(context);
        await api.Engine.Functions.DescribeAsync(reference, context.RequestAborted);
        api.Engine.Functions.Release(reference);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    public async Task VersionsAsync(HttpContext context)
    {
        var versions = await api.Engine.Functions.VersionsAsync(ApiContext.Reference(context), context.RequestAborted);
        await JsonAnswer.WriteAsync(context, 200, versions, FunctionJson.WriteVersions);
    }

    public async Task SourceAsync(HttpContext context)
    {
        var version = await api.Engine.Functions.DescribeAsync(ApiContext.Reference(context), context.RequestAborted);
        if (version.Content.Archive is { } archive)
        {
            context.Response.ContentType = "application/octet-stream";
            context.Response.ContentLength = archive.Length;
            await context.Response.Body.WriteAsync(archive, context.RequestAborted);
            return;
        }

        await JsonAnswer.WriteAsync(context, 200, version, FunctionJson.WriteSource);
    }

    public async Task DeleteAsync(HttpContext context)
    {
        var name = ApiContext.Reference(context);
        await api.Engine.Functions.DeleteAsync(name, context.RequestAborted);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }
}

/// <summary>The addresses of <see cref="FunctionsApi"/>.</summary>
internal static class FunctionsRoutes
{
    public static void MapFunctions(this WebApplication app)
    {
        var context = ApiContext.Of(app);
        var functions = new FunctionsApi(context);
        var archives = new ArchivesApi(context);
        app.MapPost("/api/functions", functions.RegisterAsync).Describe(FunctionDocs.Register);
        app.MapGet("/api/functions", functions.ListAsync).Describe(FunctionDocs.List);
        app.MapGet("/api/functions/{name}", functions.DescribeAsync).Describe(FunctionDocs.Get);
        app.MapDelete("/api/functions/{name}", functions.DeleteAsync).Describe(FunctionDocs.Delete);
        app.MapGet("/api/functions/{name}/versions", functions.VersionsAsync).Describe(FunctionDocs.Versions);
        app.MapGet("/api/functions/{name}/source", functions.SourceAsync).Describe(FunctionDocs.Source);
        app.MapPost("/api/functions/{name}/release", functions.ReleaseAsync).Describe(FunctionDocs.Release);
        app.MapPost("/api/functions/{name}/archive", archives.RegisterAsync).Describe(FunctionDocs.Archive);
    }
}
