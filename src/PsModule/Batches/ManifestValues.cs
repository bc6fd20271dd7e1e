using System.Collections;
using System.Management.Automation;
using Torch2Jax.Client;
using Torch2Jax.PsModule.Errors;
using Torch2Jax.PsModule.Files;
using Torch2Jax.PsModule.Values;

namespace Torch2Jax.PsModule.Batches;

/// <summary>Manifests from files and from hashtables.</summary>
internal static class ManifestValues
{
    private static readonly JsonValues Json = new(
        word => word,
        "A manifest holds texts, numbers, booleans, lists and hashtables, as docs/batches.md has it in JSON."
    );

    public static string Read(string path) =>
        Utf8Text.Of(FileFailure.Tell(path, File.ReadAllBytes))
        ?? throw new ModuleException(
            "ManifestNotText",
            ErrorCategory.InvalidData,
            $"{Path.GetFileName(path)} is not UTF-8.",
            "Save it as UTF-8."
        );

    public static string Read(IDictionary manifest)
    {
        using var document = Json.Read([manifest], "Manifest", levelsOfWords: 0);
        return document.RootElement[0].GetRawText();
    }
}
