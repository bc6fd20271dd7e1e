namespace Torch2Jax.WebApi.V2;

/// <summary>A function's reference out of the protocol's addresses: models/M or models/M/versions/V.</summary>
internal static class ModelName
{
    public static string Of(HttpContext context)
    {
        var values = context.Request.RouteValues;
        var model = (string)values["model"]!;
        return values["version"] is string version ? $"{model}@{version}" : model;
    }
}
