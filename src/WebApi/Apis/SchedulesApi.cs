using Torch2Jax.Batches;
using Torch2Jax.Errors;
using Torch2Jax.Registry.Schedules;
using Torch2Jax.WebApi.Bodies;
using Torch2Jax.WebApi.Contracts;
using Torch2Jax.WebApi.Hosting;
using Torch2Jax.WebApi.OpenApi;
using Torch2Jax.WebApi.Schedules;

namespace Torch2Jax.WebApi.Apis;

/// <summary>/api/schedules: make, list, pause, resume, run at once, forget.</summary>
internal sealed class SchedulesApi(ApiContext api, BatchHost batches, ScheduleHost host, Firings firings)
{
    private ScheduleStore Store => api.Engine.Store.Schedules;

    public async Task CreateAsync(HttpContext context)
    {
        var clock = await host.ClockAsync(context.RequestAborted);
        using var body = await api.ReadJsonAsync(context);
        var schedule = ScheduleRequest.Read(body.Bytes, batches.FolderOf);
        clock.Check(schedule);
        // Checked as a batch's would be, and not kept.
        await batches.Service.PlanAsync(
            ManifestReader.Read(schedule.Manifest),
            schedule.Folder,
            context.RequestAborted
        );
        await Store.AddAsync(schedule, clock, context.RequestAborted);
        context.Response.Headers.Location = $"{context.Request.PathBase}/api/schedules/{schedule.Name}";
        await AnswerAsync(context, 201, schedule.Name);
    }

    public async Task ListAsync(HttpContext context)
    {
        _ = batches.Roots;
        var schedules = await Store.ListAsync(context.RequestAborted);
        await JsonAnswer.WriteAsync(
            context,
            200,
            schedules.Select(schedule => (schedule, batches.ShownFolder(schedule.Folder))),
            ScheduleJson.WriteList
        );
    }

    public async Task GetAsync(HttpContext context)
    {
        _ = batches.Roots;
        await AnswerAsync(context, 200, Name(context));
    }

    public async Task DeleteAsync(HttpContext context)
    {
        var clock = await host.ClockAsync(context.RequestAborted);
        context.Response.StatusCode = await Store.DeleteAsync(Name(context), clock, context.RequestAborted)
            ? StatusCodes.Status204NoContent
            : throw NotFound();
    }

    public Task PauseAsync(HttpContext context) => PauseAsync(context, paused: true);

    public Task ResumeAsync(HttpContext context) => PauseAsync(context, paused: false);

    public async Task RunAsync(HttpContext context)
    {
        var now = (await host.ClockAsync(context.RequestAborted)).Now;
        var schedule = await FindAsync(context, Name(context));
        var batch = await firings.RunAsync(schedule, now, context.RequestAborted);
        context.Response.Headers.Location = $"{context.Request.PathBase}/api/batches/{batch.Id}";
        var counts = new ChunkCounts(batch.Chunks, 0, 0, 0, 0);
        await JsonAnswer.WriteAsync(context, 202, (batch, counts), BatchJson.Write);
    }

    private async Task PauseAsync(HttpContext context, bool paused)
    {
        var clock = await host.ClockAsync(context.RequestAborted);
        var schedule = await FindAsync(context, Name(context));
        await Store.PauseAsync(schedule, paused, clock, context.RequestAborted);
        await AnswerAsync(context, 200, schedule.Name);
    }

    private async Task AnswerAsync(HttpContext context, int status, string name)
    {
        var schedule = await FindAsync(context, name);
        await JsonAnswer.WriteAsync(
            context,
            status,
            (schedule, batches.ShownFolder(schedule.Folder)),
            ScheduleJson.Write
        );
    }

    private async Task<ScheduleRecord> FindAsync(HttpContext context, string name) =>
        await Store.FindAsync(name, context.RequestAborted) ?? throw NotFound();

    private static string Name(HttpContext context) => (string)context.Request.RouteValues["name"]!;

    private static EngineException NotFound() => new(ErrorCode.FunctionNotFound, "There is no schedule of this name.");
}

/// <summary>The addresses of <see cref="SchedulesApi"/>.</summary>
internal static class SchedulesRoutes
{
    public static void MapSchedules(this WebApplication app)
    {
        var services = app.Services;
        var api = new SchedulesApi(
            ApiContext.Of(app),
            services.GetRequiredService<BatchHost>(),
            services.GetRequiredService<ScheduleHost>(),
            services.GetRequiredService<Firings>()
        );
        app.MapPost("/api/schedules", api.CreateAsync).Describe(ScheduleDocs.Create);
        app.MapGet("/api/schedules", api.ListAsync).Describe(ScheduleDocs.List);
        app.MapGet("/api/schedules/{name}", api.GetAsync).Describe(ScheduleDocs.Get);
        app.MapPost("/api/schedules/{name}/pause", api.PauseAsync).Describe(ScheduleDocs.Pause);
        app.MapPost("/api/schedules/{name}/resume", api.ResumeAsync).Describe(ScheduleDocs.Resume);
        app.MapPost("/api/schedules/{name}/run", api.RunAsync).Describe(ScheduleDocs.Run);
        app.MapDelete("/api/schedules/{name}", api.DeleteAsync).Describe(ScheduleDocs.Delete);
    }
}
