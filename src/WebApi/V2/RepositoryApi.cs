using System.Text.Json;
using Torch2Jax.Functions;
using Torch2Jax.WebApi.Apis;
using Torch2Jax.WebApi.Bodies;

namespace Torch2Jax.WebApi.V2;

/// <summary>/v2/repository: which functions there are; compile one now, or free what is compiled.</summary>
internal sealed class RepositoryApi(ApiContext api)
{
    private const int Page = 1000;

    public async Task IndexAsync(HttpContext context)
    {
        var readyOnly = await ReadReadyAsync(context);
        var found = new List<(FunctionVersion Version, bool Loaded)>();
        string? after = null;
        while (true)
        {
            var page = await api.Engine.Functions.ListAsync(null, after, Page, context.RequestAborted);
            foreach (var version in page)
            {
                var loaded = api.Engine.Functions.IsLoaded(version.Name);
                if (loaded || !readyOnly)
                {
                    found.Add((version, loaded));
                }
            }

            if (page.Count < Page)
            {
                break;
            }

            after = page[^1].Name;
        }

        await JsonAnswer.WriteAsync(context, 200, found, WriteIndex);
    }

    public async Task ListAsync(HttpContext context)
    {
        var names = await api.Engine.Functions.ListAsync(null, null, Page, context.RequestAborted);
        await JsonAnswer.WriteAsync(
            context,
            200,
            names,
            static (json, functions) =>
            {
                json.WriteStartObject();
                json.WriteStartArray("models");
                foreach (var function in functions)
                {
                    json.WriteStringValue(function.Name);
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }
        );
    }

    public async Task LoadAsync(HttpContext context)
    {
        using var ignored = await RequestBody.ReadAsync(context, api.Budget, api.Options.Limits);
        await api.Engine.Functions.GetAsync(ModelName.Of(context), context.RequestAborted);
        await WriteEmptyAsync(context);
    }

    public async Task UnloadAsync(HttpContext context)
    {
        using var ignored = await RequestBody.ReadAsync(context, api.Budget, api.Options.Limits);
        var name = ModelName.Of(context);
        await api.Engine.Functions.DescribeAsync(name, context.RequestAborted);
        api.Engine.Functions.Unload(name);
        await WriteEmptyAsync(context);
    }

    private async Task<bool> ReadReadyAsync(HttpContext context)
    {
        using var body = await RequestBody.ReadAsync(context, api.Budget, api.Options.Limits);
        if (body.Bytes.IsEmpty)
        {
            return false;
        }

        try
        {
            var ready = false;
            var reader = JsonFields.OpenObject(body.Bytes);
            while (JsonFields.NextField(ref reader))
            {
                if (reader.ValueTextEquals("ready"u8))
                {
                    ready = JsonFields.Boolean(ref reader, "ready") ?? false;
                }
                else
                {
                    reader.Skip();
                }
            }

            return ready;
        }
        catch (JsonException error)
        {
            throw JsonFields.NotJson(error);
        }
    }

    private static Task WriteEmptyAsync(HttpContext context) =>
        JsonAnswer.WriteAsync(
            context,
            200,
            0,
            static (json, _) =>
            {
                json.WriteStartObject();
                json.WriteEndObject();
            }
        );

    private static void WriteIndex(Utf8JsonWriter json, List<(FunctionVersion Version, bool Loaded)> functions)
    {
        json.WriteStartArray();
        foreach (var (version, loaded) in functions)
        {
            json.WriteStartObject();
            json.WriteString("name", version.Name);
            json.WriteString("version", $"{version.Version}");
            json.WriteString("state", loaded ? "READY" : "UNAVAILABLE");
            json.WriteString("reason", loaded ? "" : "not compiled now; its next use compiles it");
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
