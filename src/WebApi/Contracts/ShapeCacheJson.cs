using System.Text.Json;
using Torch2Jax.Functions;

namespace Torch2Jax.WebApi.Contracts;

/// <summary>Writes the entries of a shape cache.</summary>
internal static class ShapeCacheJson
{
    public static void Write(Utf8JsonWriter json, IReadOnlyList<ShapeCacheRecord> entries)
    {
        json.WriteStartObject();
        json.WriteStartArray("entries");
        foreach (var entry in entries)
        {
            json.WriteStartObject();
            json.WriteNumber("version", entry.Key.Version);
            json.WriteString("program", entry.Key.Program);
            json.WriteString("inTree", entry.InTree);
            json.WriteString("shapeKey", entry.Key.ShapeKey);
            FunctionJson.WriteRaw(json, "outputShapes", entry.OutputShapes);
            json.WriteBoolean("dynamic", entry.Dynamic);
            json.WriteString("device", entry.Key.Device);
            json.WriteNumber("hits", entry.Hits);
            json.WriteNumber("peakBytes", entry.PeakBytes);
            json.WriteString("createdAt", entry.CreatedAt.UtcDateTime);
            json.WriteString("lastUsedAt", entry.LastUsedAt.UtcDateTime);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
