using Torch2Jax.WebApi.Apis;
using Torch2Jax.WebApi.OpenApi;

namespace Torch2Jax.WebApi.V2;

/// <summary>The addresses of the Open Inference Protocol v2: a registered function is a model.</summary>
internal static class V2Routes
{
    public static void MapInferenceProtocol(this WebApplication app)
    {
        var context = ApiContext.Of(app);
        var server = new ServerApi(new HealthApi(context));
        var models = new ModelApi(context);
        var repository = new RepositoryApi(context);
        var infer = new InferApi(context);

        app.MapGet("/v2", ServerApi.MetadataAsync).Describe(InferenceDocs.Server);
        app.MapGet("/v2/health/live", ServerApi.LiveAsync).Describe(InferenceDocs.Live);
        app.MapGet("/v2/health/ready", server.ReadyAsync).Describe(InferenceDocs.Ready);
        app.MapGet("/v2/models", repository.ListAsync).Describe(InferenceDocs.Models);
        app.MapGet("/v2/models/stats", models.AllStatisticsAsync).Describe(InferenceDocs.AllStatistics);
        app.MapPost("/v2/repository/index", repository.IndexAsync).Describe(InferenceDocs.Index);
        app.MapPost("/v2/repository/models/{model}/load", repository.LoadAsync).Describe(InferenceDocs.Load);
        app.MapPost("/v2/repository/models/{model}/unload", repository.UnloadAsync).Describe(InferenceDocs.Unload);
        foreach (var path in (string[])["/v2/models/{model}", "/v2/models/{model}/versions/{version}"])
        {
            var suffix = path.Contains("{version}", StringComparison.Ordinal) ? "Version" : "";
            app.MapGet(path, models.MetadataAsync).Describe(InferenceDocs.Metadata.Named(suffix));
            app.MapGet(path + "/ready", models.ReadyAsync).Describe(InferenceDocs.ModelReady.Named(suffix));
            app.MapGet(path + "/stats", models.StatisticsAsync).Describe(InferenceDocs.Statistics.Named(suffix));
            app.MapPost(path + "/infer", infer.InferAsync).Describe(InferenceDocs.Infer.Named(suffix));
        }
    }
}
