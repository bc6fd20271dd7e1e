using System.Buffers;
using System.Collections.Concurrent;
using System.Text.Json;
using Torch2Jax.Batches;
using Torch2Jax.Errors;
using Torch2Jax.WebApi.Bodies;
using Torch2Jax.WebApi.Contracts;
using Torch2Jax.WebApi.Hosting;
using Torch2Jax.WebApi.OpenApi;

namespace Torch2Jax.WebApi.Apis;

/// <summary>/api/batches: make, list, watch, stop, resume, forget.</summary>
internal sealed class BatchesApi(ApiContext api, BatchHost batches)
{
    private const int MostChunks = 1000;
    private const int MostKept = 1000;
    private static readonly TimeSpan EventPause = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<Guid, ChunkCounts> complete = new();

    public async Task CreateAsync(HttpContext context)
    {
        _ = batches.Roots;
        using var body = await api.ReadJsonAsync(context);
        var request = BatchRequest.Read(body.Bytes);
        var folder = batches.FolderOf(request.Folder);
        var manifest = ManifestReader.Read(request.Manifest);
        if (request.Check)
        {
            var planned = await batches.Service.PlanAsync(manifest, folder, context.RequestAborted);
            await JsonAnswer.WriteAsync(context, 200, planned.Batch, BatchJson.WritePlan);
            return;
        }

        if (
            request.Reuse
            && await batches.Service.FindUnfinishedAsync(manifest, folder, context.RequestAborted) is { } unfinished
        )
        {
            Locate(context, unfinished);
            await JsonAnswer.WriteAsync(context, 200, await StateAsync(unfinished.Id, context), BatchJson.Write);
            return;
        }

        var batch = await batches.Service.CreateAsync(manifest, folder, context.RequestAborted);
        batches.Wake();
        Locate(context, batch);
        var counts = new ChunkCounts(batch.Chunks, 0, 0, 0, 0);
        await JsonAnswer.WriteAsync(context, 202, (batch, counts), BatchJson.Write);
    }

    public async Task ListAsync(HttpContext context)
    {
        _ = batches.Roots;
        var query = new ListQuery(context.Request.Query);
        var listed = new List<(BatchRecord, ChunkCounts)>();
        foreach (var batch in await batches.Store.ListAsync(query.Limit, [], context.RequestAborted))
        {
            listed.Add((batch, await CountAsync(batch, context)));
        }

        await JsonAnswer.WriteAsync(context, 200, listed, BatchJson.WriteList);
    }

    public async Task GetAsync(HttpContext context) =>
        await JsonAnswer.WriteAsync(context, 200, await StateAsync(Id(context), context), BatchJson.Write);

    public async Task ChunksAsync(HttpContext context)
    {
        var batch = await batches.Service.GetAsync(Id(context), context.RequestAborted);
        var text = context.Request.Query["state"];
        ChunkState[] states = text.Count == 0 ? [] : [ParseState(text.ToString())];
        var chunks = await batches.Store.ChunksAsync(batch.Id, states, context.RequestAborted);
        await JsonAnswer.WriteAsync(context, 200, chunks.Take(MostChunks), BatchJson.WriteChunks);
    }

    public async Task CancelAsync(HttpContext context)
    {
        var id = Id(context);
        await batches.Service.CancelAsync(id, context.RequestAborted);
        await JsonAnswer.WriteAsync(context, 200, await StateAsync(id, context), BatchJson.Write);
    }

    public async Task ResumeAsync(HttpContext context)
    {
        var id = Id(context);
        using var body = await api.ReadJsonAsync(context);
        await batches.Service.ResumeAsync(id, BatchRequest.ReadResume(body.Bytes), context.RequestAborted);
        batches.Wake();
        await JsonAnswer.WriteAsync(context, 202, await StateAsync(id, context), BatchJson.Write);
    }

    public async Task DeleteAsync(HttpContext context)
    {
        var id = Id(context);
        _ = batches.Roots;
        context.Response.StatusCode = await batches.Store.DeleteAsync(id, context.RequestAborted)
            ? StatusCodes.Status204NoContent
            : throw NotFound();
    }

    /// <summary>Server-sent events: the state whenever it has changed, until the batch ends.</summary>
    public async Task EventsAsync(HttpContext context)
    {
        var id = Id(context);
        var state = await StateAsync(id, context);
        var response = context.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-cache";
        response.Headers["X-Accel-Buffering"] = "no";
        var text = new ArrayBufferWriter<byte>();
        (BatchState, ChunkCounts)? sent = null;
        while (true)
        {
            if (sent != (state.Batch.State, state.Counts))
            {
                Write(text, state);
                await response.Body.WriteAsync(text.WrittenMemory, context.RequestAborted);
                await response.Body.FlushAsync(context.RequestAborted);
                text.ResetWrittenCount();
                sent = (state.Batch.State, state.Counts);
            }

            if (state.Batch.State is BatchState.Completed or BatchState.Failed or BatchState.Cancelled)
            {
                return;
            }

            await Task.Delay(EventPause, context.RequestAborted);
            state = await StateAsync(id, context);
        }
    }

    public static async Task SchemaAsync(HttpContext context)
    {
        context.Response.ContentType = "application/schema+json";
        await context.Response.WriteAsync(ManifestReader.Schema, context.RequestAborted);
    }

    private static void Locate(HttpContext context, BatchRecord batch) =>
        context.Response.Headers.Location = $"{context.Request.PathBase}/api/batches/{batch.Id}";

    private static void Write(ArrayBufferWriter<byte> text, (BatchRecord, ChunkCounts) state)
    {
        text.Write("event: state\ndata: "u8);
        using (var json = new Utf8JsonWriter(text, JsonAnswer.Options))
        {
            BatchJson.Write(json, state);
        }

        text.Write("\n\n"u8);
    }

    /// <summary>The chunks of a batch that is complete are counted once: pages ask for them every two seconds.</summary>
    private async Task<ChunkCounts> CountAsync(BatchRecord batch, HttpContext context)
    {
        if (complete.TryGetValue(batch.Id, out var known))
        {
            return known;
        }

        var counts = await batches.Store.CountAsync(batch.Id, context.RequestAborted);
        if (batch.State == BatchState.Completed)
        {
            if (complete.Count >= MostKept)
            {
                complete.Clear();
            }

            complete[batch.Id] = counts;
        }

        return counts;
    }

    private async Task<(BatchRecord Batch, ChunkCounts Counts)> StateAsync(Guid id, HttpContext context)
    {
        var batch = await batches.Service.GetAsync(id, context.RequestAborted);
        return (batch, await batches.Store.CountAsync(id, context.RequestAborted));
    }

    private static Guid Id(HttpContext context) =>
        Guid.TryParseExact((string?)context.Request.RouteValues["id"], "D", out var id) ? id : throw NotFound();

    private static EngineException NotFound() => new(ErrorCode.FunctionNotFound, "There is no batch of this id.");

    private static ChunkState ParseState(string text) =>
        Enum.TryParse<ChunkState>(text, ignoreCase: true, out var state) && BatchJson.Name(state) == text
            ? state
            : throw JsonFields.Malformed(
                $"There is no such state; there are {string.Join(", ", Enum.GetValues<ChunkState>().Select(BatchJson.Name))}.",
                "state"
            );
}

/// <summary>The addresses of <see cref="BatchesApi"/>.</summary>
internal static class BatchesRoutes
{
    public static void MapBatches(this WebApplication app)
    {
        var api = new BatchesApi(ApiContext.Of(app), app.Services.GetRequiredService<BatchHost>());
        app.MapPost("/api/batches", api.CreateAsync).Describe(BatchDocs.Create);
        app.MapGet("/api/batches", api.ListAsync).Describe(BatchDocs.List);
        app.MapGet("/api/batches/schema", BatchesApi.SchemaAsync).Describe(BatchDocs.Schema);
        app.MapGet("/api/batches/{id}", api.GetAsync).Describe(BatchDocs.Get);
        app.MapGet("/api/batches/{id}/chunks", api.ChunksAsync).Describe(BatchDocs.Chunks);
        app.MapGet("/api/batches/{id}/events", api.EventsAsync).Describe(BatchDocs.Events);
        app.MapPost("/api/batches/{id}/cancel", api.CancelAsync).Describe(BatchDocs.Cancel);
        app.MapPost("/api/batches/{id}/resume", api.ResumeAsync).Describe(BatchDocs.Resume);
        app.MapDelete("/api/batches/{id}", api.DeleteAsync).Describe(BatchDocs.Delete);
    }
}
