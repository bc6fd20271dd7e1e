namespace Torch2Jax.WebApi.Apis;

/// <summary>/docs/errors.md, which every error's <c>type</c> points at, and the way from / to the documentation.</summary>
internal static class DocsApi
{
    public static void MapDocs(this WebApplication app)
    {
        app.MapGet(
            "/",
            context =>
            {
                context.Response.Redirect("/swagger");
                return Task.CompletedTask;
            }
        );
        app.MapGet(
            "/docs/errors.md",
            async context =>
            {
                context.Response.ContentType = "text/markdown; charset=utf-8";
                await using var page = typeof(DocsApi).Assembly.GetManifestResourceStream("errors.md")!;
                await page.CopyToAsync(context.Response.Body, context.RequestAborted);
            }
        );
    }
}
