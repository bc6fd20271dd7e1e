using System.Text.Json;
using System.Text.Json.Serialization;

namespace Torch2Jax.PsModule.Tests.Adapter;

/// <summary>One test of a *.Tests.ps1 file as Pester reports it.</summary>
internal sealed record SpecResult(
    [property: JsonPropertyName("file")] string File,
    [property: JsonPropertyName("path")] string Path,
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("line")] int Line,
    [property: JsonPropertyName("result")] string Result,
    [property: JsonPropertyName("message")] string Message
)
{
    public static IReadOnlyList<SpecResult> ReadAll(string report) =>
        JsonSerializer.Deserialize<List<SpecResult>>(System.IO.File.ReadAllText(report))!;
}
