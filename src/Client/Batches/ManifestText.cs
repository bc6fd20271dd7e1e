using System.Text.Json;
using Torch2Jax.Batches;
using Torch2Jax.Errors;

namespace Torch2Jax.Client;

/// <summary>Manifests on their way to a service, whose JSON has no comments and no trailing commas.</summary>
internal static class ManifestText
{
    /// <exception cref="EngineException">It is no manifest; what only the service can know is not looked at.</exception>
    public static void Write(Utf8JsonWriter json, string manifest)
    {
        ManifestReader.Read(manifest);
        using var document = JsonDocument.Parse(
            manifest,
            new JsonDocumentOptions
            {
                CommentHandling = JsonCommentHandling.Skip,
                AllowTrailingCommas = true,
                MaxDepth = 128,
            }
        );
        document.RootElement.WriteTo(json);
    }
}
