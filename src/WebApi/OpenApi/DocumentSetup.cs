using Microsoft.OpenApi;
using Torch2Jax.WebApi.Cli;

namespace Torch2Jax.WebApi.OpenApi;

/// <summary>/swagger (the UI) and /swagger/v1/swagger.json (the document).</summary>
internal static class DocumentSetup
{
    public static void AddOpenApiDocument(this WebApplicationBuilder builder)
    {
        builder.Services.AddEndpointsApiExplorer();
        builder.Services.AddSwaggerGen(swagger =>
        {
            swagger.SwaggerDoc(
                "v1",
                new OpenApiInfo
                {
                    Title = "Torch2Jax",
                    Version = Verbs.Version,
                    Description =
                        "PyTorch functions with JAX's calling contract: pytrees in and out, derivatives, vmap, sharding. "
                        + "Register the cross entropy of the first example, then call it with the second: both can be sent unchanged.",
                }
            );
            swagger.DocumentFilter<DocumentFilter>();
        });
    }

    // A branch of its own, so that calls do not pass through it.
    public static void UseOpenApiDocument(this WebApplication app) =>
        app.UseWhen(
            context => context.Request.Path.StartsWithSegments("/swagger", StringComparison.Ordinal),
            branch =>
            {
                branch.UseSwagger();
                branch.UseSwaggerUI(ui =>
                {
                    ui.DocumentTitle = "Torch2Jax";
                    ui.SwaggerEndpoint("v1/swagger.json", "Torch2Jax");
                    ui.DisplayRequestDuration();
                    ui.EnableDeepLinking();
                    ui.DefaultModelsExpandDepth(-1);
                });
            }
        );
}
