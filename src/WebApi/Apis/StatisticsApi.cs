using System.Text.Json;
using Torch2Jax.WebApi.Bodies;
using Torch2Jax.WebApi.Contracts;
using Torch2Jax.WebApi.Metrics;
using Torch2Jax.WebApi.OpenApi;

namespace Torch2Jax.WebApi.Apis;

/// <summary>/api/statistics and /api/functions/{name}/statistics: the numbers that the page shows.</summary>
internal sealed class StatisticsApi(
    ApiContext api,
    CallHistory history,
    RequestCounts requests,
    Instruments instruments
)
{
    public Task AllAsync(HttpContext context)
    {
        var query = new ListQuery(context.Request.Query);
        return JsonAnswer.WriteAsync(
            context,
            200,
            query,
            (json, asked) =>
                history.Read(
                    (ticks, all, of) =>
                    {
                        json.WriteStartObject();
                        WriteService(json);
                        StatisticsReport.WriteWindow(json, ticks, all);
                        StatisticsReport.WriteSeries(json, ticks, all, service: true);
                        json.WriteStartArray("functions");
                        foreach (var (reference, counts) in Called(asked.Prefix ?? "", asked.Limit))
                        {
                            json.WriteStartObject();
                            StatisticsReport.WriteFunction(json, reference, counts, ticks, of(reference));
                            json.WriteEndObject();
                        }

                        json.WriteEndArray();
                        json.WriteEndObject();
                        return true;
                    }
                )
        );
    }

    public async Task OneAsync(HttpContext context)
    {
        var version = await api.Engine.Functions.DescribeAsync(ApiContext.Reference(context), context.RequestAborted);
        var reference = $"{version.Name}@{version.Version}";
        var counts = api.Statistics.Find(reference) ?? FunctionCounts.None;
        await JsonAnswer.WriteAsync(
            context,
            200,
            (reference, counts),
            (json, one) =>
                history.Read(
                    (ticks, _, of) =>
                    {
                        var series = of(one.reference);
                        json.WriteStartObject();
                        json.WriteNumber("stepSeconds", HistorySampler.Step.TotalSeconds);
                        StatisticsReport.WriteFunction(json, one.reference, one.counts, ticks, series);
                        StatisticsReport.WriteSeries(json, ticks, series, service: false);
                        json.WriteEndObject();
                        return true;
                    }
                )
        );
    }

    private void WriteService(Utf8JsonWriter json)
    {
        json.WriteNumber("uptimeSeconds", Math.Round(instruments.Uptime.TotalSeconds, 1));
        json.WriteNumber("stepSeconds", HistorySampler.Step.TotalSeconds);
        json.WriteNumber("requests", requests.Total);
        json.WriteNumber("requestsRunning", requests.Running);
        json.WriteNumber("stuckCalls", api.Gate.Stuck.Count);
        json.WriteNumber("bodyBytes", api.Budget.Used);
        json.WriteNumber("tensors", api.Engine.Backend.Counters.Tensors);
        json.WriteNumber("residentBytes", Environment.WorkingSet);
    }

    // Those called last come first: a page of them is what people look at.
    private IEnumerable<(string Reference, FunctionCounts Counts)> Called(string prefix, int limit) =>
        api
            .Statistics.All.Where(entry => entry.Key.StartsWith(prefix, StringComparison.Ordinal))
            .OrderByDescending(entry => entry.Value.LastMs)
            .ThenBy(entry => entry.Key, StringComparer.Ordinal)
            .Take(limit)
            .Select(entry => (entry.Key, entry.Value));
}

/// <summary>The addresses of <see cref="StatisticsApi"/>.</summary>
internal static class StatisticsRoutes
{
    public static void MapStatistics(this WebApplication app)
    {
        var services = app.Services;
        var api = new StatisticsApi(
            ApiContext.Of(app),
            services.GetRequiredService<CallHistory>(),
            services.GetRequiredService<RequestCounts>(),
            services.GetRequiredService<Instruments>()
        );
        app.MapGet("/api/statistics", api.AllAsync).Describe(ServiceDocs.Statistics);
        app.MapGet("/api/functions/{name}/statistics", api.OneAsync).Describe(ServiceDocs.FunctionStatistics);
    }
}
