using System.Text.Json;
using Torch2Jax.Functions;

namespace Torch2Jax.WebApi.Contracts;

/// <summary>Writes what is registered.</summary>
internal static class FunctionJson
{
    public static void Write(Utf8JsonWriter json, FunctionVersion version)
    {
        json.WriteStartObject();
        WriteFields(json, version);
        json.WriteEndObject();
    }

    /// <summary>A function with what became of its calls lately.</summary>
    public static void WriteState(Utf8JsonWriter json, (FunctionVersion Version, QuarantinedFunction? Quarantine) state)
    {
        json.WriteStartObject();
        WriteFields(json, state.Version);
        if (state.Quarantine is { } quarantine)
        {
            json.WritePropertyName("quarantine");
            WriteQuarantine(json, quarantine);
        }

        json.WriteEndObject();
    }

    /// <summary>Why a function is not called.</summary>
    public static void WriteQuarantine(Utf8JsonWriter json, QuarantinedFunction quarantine)
    {
        json.WriteStartObject();
        json.WriteString("function", quarantine.Reference);
        json.WriteString("since", quarantine.Since.UtcDateTime);
        json.WriteNumber("crashes", quarantine.Crashes);
        json.WriteString("signal", quarantine.Signal);
        json.WriteEndObject();
    }

    private static void WriteFields(Utf8JsonWriter json, FunctionVersion version)
    {
        var details = version.Details;
        json.WriteString("name", version.Name);
        json.WriteNumber("version", version.Version);
        json.WriteString("sha256", version.Sha256);
        json.WriteString("kind", version.Content.Source is null ? "archive" : "source");
        json.WriteString("entry", version.Content.Entry);
        json.WriteString("signature", details.Signature);
        json.WriteString("inTree", details.InTree);
        json.WriteString("shapeKey", details.ShapeKey);
        WriteRaw(json, "exampleArgs", version.Content.ExampleArgs);
        WriteRaw(json, "exampleKwargs", version.Content.ExampleKwargs);
        WriteRaw(json, "outputShapes", details.OutputShapes);
        json.WriteString("vmapMethod", version.Content.VmapMethod);
        WriteNondiff(json, version.Content.Nondiff);
        json.WriteString("isolation", details.Isolation == FunctionIsolation.Process ? "process" : "none");
        json.WriteString("description", details.Description);
        json.WriteString("createdAt", version.CreatedAt.UtcDateTime);
        json.WriteStartArray("warnings");
        foreach (var warning in details.Warnings)
        {
            json.WriteStringValue(warning);
        }

        json.WriteEndArray();
    }

    public static void WriteList(
        Utf8JsonWriter json,
        (IReadOnlyList<FunctionVersion> Functions, string? NextCursor) page
    )
    {
        json.WriteStartObject();
        WriteArray(json, "functions", page.Functions);
        json.WriteString("nextCursor", page.NextCursor);
        json.WriteEndObject();
    }

    public static void WriteVersions(Utf8JsonWriter json, IReadOnlyList<FunctionVersion> versions)
    {
        json.WriteStartObject();
        WriteArray(json, "versions", versions);
        json.WriteEndObject();
    }

    public static void WriteSource(Utf8JsonWriter json, FunctionVersion version)
    {
        json.WriteStartObject();
        json.WriteString("name", version.Name);
        json.WriteNumber("version", version.Version);
        json.WriteString("entry", version.Content.Entry);
        json.WriteString("source", version.Content.Source);
        json.WriteEndObject();
    }

    // Stored as one object; a registration has each as a field of its own, and so has the answer.
    private static void WriteNondiff(Utf8JsonWriter json, string? stored)
    {
        using var document = stored is null
            ? null
            : JsonDocument.Parse(stored, new JsonDocumentOptions { MaxDepth = 1000 });
        foreach (var (kept, field) in new[] { ("argnums", "nondiffArgnums"), ("mask", "nondiffMask") })
        {
            JsonElement value = default;
            var given = document?.RootElement.TryGetProperty(kept, out value) ?? false;
            WriteRaw(json, field, given ? value.GetRawText() : null);
        }
    }

    /// <summary>JSON that the engine wrote itself, as it is.</summary>
    public static void WriteRaw(Utf8JsonWriter json, string name, string? value)
    {
        json.WritePropertyName(name);
        if (value is null)
        {
            json.WriteNullValue();
        }
        else
        {
            json.WriteRawValue(value, skipInputValidation: true);
        }
    }

    private static void WriteArray(Utf8JsonWriter json, string name, IReadOnlyList<FunctionVersion> versions)
    {
        json.WriteStartArray(name);
        foreach (var version in versions)
        {
            Write(json, version);
        }

        json.WriteEndArray();
    }
}
