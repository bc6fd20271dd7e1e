using Microsoft.Extensions.Logging.Console;

namespace Torch2Jax.WebApi.Telemetry;

/// <summary>Lines of JSON where the output is not a terminal, or as <c>Logging:Console:FormatterName</c> says; never an argument's value.</summary>
internal static class LogSetup
{
    public static void AddLogs(this WebApplicationBuilder builder)
    {
        var formatter =
            builder.Configuration["Logging:Console:FormatterName"]
            ?? (Console.IsOutputRedirected ? ConsoleFormatterNames.Json : ConsoleFormatterNames.Simple);
        builder.Logging.ClearProviders();
        builder.Logging.AddConsole(console => console.FormatterName = formatter);
        builder.Logging.AddJsonConsole(console =>
        {
            console.UseUtcTimestamp = true;
            console.IncludeScopes = true;
        });
        builder.Logging.AddSimpleConsole(console => console.SingleLine = true);
        builder.Services.Configure<ConsoleLoggerOptions>(console => console.FormatterName = formatter);

        // Every line of a traced request carries its ids, whoever wrote it.
        builder.Logging.Configure(logging =>
            logging.ActivityTrackingOptions = ActivityTrackingOptions.TraceId | ActivityTrackingOptions.SpanId
        );

        // These lines hold the whole address, and the query of an array body holds arguments. Told here, behind the
        // settings, so that no setting brings them back; RequestWatch writes a line a request without them.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
    }
}
