using Torch2Jax.WebApi.Apis;
using Torch2Jax.WebApi.Bodies;
using Torch2Jax.WebApi.Metrics;

namespace Torch2Jax.WebApi.V2;

/// <summary>/v2/models/{model}: ready, metadata, api.Statistics.</summary>
internal sealed class ModelApi(ApiContext api)
{
    public async Task ReadyAsync(HttpContext context)
    {
        var function = await api.Engine.Functions.GetAsync(ModelName.Of(context), context.RequestAborted);
        await JsonAnswer.WriteAsync(
            context,
            200,
            function.Version.Name,
            static (json, name) =>
            {
                json.WriteStartObject();
                json.WriteString("name", name);
                json.WriteBoolean("ready", true);
                json.WriteEndObject();
            }
        );
    }

    public async Task MetadataAsync(HttpContext context)
    {
        var metadata = await MetadataReader.ReadAsync(
            api.Engine.Functions,
            ModelName.Of(context),
            context.RequestAborted
        );
        await JsonAnswer.WriteAsync(context, 200, metadata, static (json, model) => model.Write(json));
    }

    public async Task StatisticsAsync(HttpContext context)
    {
        var reference = ModelName.Of(context);
        var version = await api.Engine.Functions.DescribeAsync(reference, context.RequestAborted);
        var name = $"{version.Name}@{version.Version}";
        (string, FunctionCounts)[] one = [(name, api.Statistics.Find(name) ?? FunctionCounts.None)];
        await JsonAnswer.WriteAsync(context, 200, one, StatisticsJson.Write);
    }

    public Task AllStatisticsAsync(HttpContext context)
    {
        var all = api
            .Statistics.All.Select(entry => (entry.Key, entry.Value))
            .OrderBy(entry => entry.Key, StringComparer.Ordinal)
            .ToArray();
        return JsonAnswer.WriteAsync(context, 200, all, StatisticsJson.Write);
    }
}
