using System.Text.Json;

namespace Torch2Jax.MSBuild;

/// <summary>An error or a warning as the tool writes it with <c>--errors=json</c>.</summary>
internal sealed record ToolReport(string Severity, string Code, string Message, string? File, int Line, int Column)
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web);

    /// <summary>Reads a line; null where it is none of the tool's (the runtime's own words, say).</summary>
    public static ToolReport? TryRead(string line)
    {
        if (!line.StartsWith('{'))
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize<ToolReport>(line, Options) is { Code: not null, Message: not null } report
                ? report
                : null;
        }
        catch (JsonException)
        {
            // Not the tool's words: the caller logs the line as it is.
            return null;
        }
    }
}
