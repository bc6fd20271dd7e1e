namespace Torch2Jax.WebApi.Apis;

/// <summary>/ (the page made for looking) and /docs/errors.md, which every error's <c>type</c> points at.</summary>
internal static class PageApi
{
    public static void MapPage(this WebApplication app)
    {
        app.MapGet("/", context => SendAsync(context, "index.html", "text/html; charset=utf-8"));
        app.MapGet("/page/page.css", context => SendAsync(context, "page.css", "text/css; charset=utf-8"));
        app.MapGet("/page/page.js", context => SendAsync(context, "page.js", "text/javascript; charset=utf-8"));
        app.MapGet("/docs/errors.md", context => SendAsync(context, "errors.md", "text/markdown; charset=utf-8"));
    }

    // The files are in the assembly, so that they are there wherever it is started from.
    private static async Task SendAsync(HttpContext context, string name, string type)
    {
        await using var page =
            typeof(PageApi).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"{name} is not in the assembly.");
        context.Response.ContentType = type;
        context.Response.ContentLength = page.Length;
        await page.CopyToAsync(context.Response.Body, context.RequestAborted);
    }
}
