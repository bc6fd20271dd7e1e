namespace Torch2Jax.WebApi.Apis;

/// <summary>/ (the page made for looking) and /docs/errors.md, which every error's <c>type</c> points at.</summary>
internal static class PageApi
{
    private static readonly string[] Scripts =
    [
        "api",
        "batches",
        "call",
        "detail",
        "examples",
        "format",
        "functions",
        "page",
        "plot",
        "schedules",
        "sign-in",
        "table",
    ];

    public static void MapPage(this WebApplication app)
    {
        app.MapFile("/", "index.html", "text/html; charset=utf-8");
        app.MapFile("/page/page.css", "page.css", "text/css; charset=utf-8");
        app.MapFile("/page/icon.svg", "icon.svg", "image/svg+xml");
        foreach (var script in Scripts)
        {
            app.MapFile($"/page/{script}.js", $"{script}.js", "text/javascript; charset=utf-8");
        }

        app.MapFile("/docs/errors.md", "errors.md", "text/markdown; charset=utf-8");
    }

    // The files are in the assembly, so that they are there wherever it is started from.
    private static void MapFile(this WebApplication app, string path, string name, string type) =>
        app.MapGet(
            path,
            async context =>
            {
                await using var file =
                    typeof(PageApi).Assembly.GetManifestResourceStream(name)
                    ?? throw new InvalidOperationException($"{name} is not in the assembly.");
                context.Response.ContentType = type;
                context.Response.ContentLength = file.Length;
                await file.CopyToAsync(context.Response.Body, context.RequestAborted);
            }
        );
}
