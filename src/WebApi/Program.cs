using Torch2Jax.WebApi.Apis;
using Torch2Jax.WebApi.Cli;
using Torch2Jax.WebApi.Hosting;
using Torch2Jax.WebApi.OpenApi;
using Torch2Jax.WebApi.Problems;
using Torch2Jax.WebApi.Security;
using Torch2Jax.WebApi.Telemetry;
using Torch2Jax.WebApi.V2;

try
{
    if (await Verbs.TryRunAsync(args) is { } exitCode)
    {
        return exitCode;
    }

    var builder = ServiceBuilder.Create(args);
    builder.AddServiceOptions();
    builder.AddServer();
    builder.AddEngine();
    builder.AddTelemetry();
    builder.AddOpenApiDocument();

    var app = builder.Build();
    app.LoadEngine();
    app.UseMiddleware<RequestWatch>();
    app.UseMiddleware<ProblemMiddleware>();
    app.UseMiddleware<SecurityHeaders>();
    app.UseMiddleware<OriginGuard>();
    app.Services.GetRequiredService<AllowedOrigins>().Use(app);
    app.UseRouting();
    app.UseMiddleware<KeyGate>();
    app.UseOpenApiDocument();

    app.MapFunctions();
    app.MapInvoke();
    app.MapArrays();
    app.MapShapeCache();
    app.MapStatistics();
    app.MapDevices();
    app.MapBatches();
    app.MapSchedules();
    app.MapKeys();
    app.MapAudit();
    app.MapHealth();
    app.MapInferenceProtocol();
    app.MapMetrics();
    app.MapPage();
    app.MapSession();

    return await ServiceRun.RunAsync(app);
}
catch (StartException error)
{
    await Console.Error.WriteLineAsync($"Torch2Jax.WebApi: {error.Message}");
    return 1;
}
