using System.Text.Json;
using Torch2Jax.Registry.Auditing;

namespace Torch2Jax.WebApi.Contracts;

/// <summary>Writes a page of the audit.</summary>
internal static class AuditJson
{
    public static void Write(Utf8JsonWriter json, (IReadOnlyList<AuditEntry> Entries, string? Next) page)
    {
        json.WriteStartObject();
        json.WriteStartArray("entries");
        foreach (var entry in page.Entries)
        {
            json.WriteStartObject();
            json.WriteNumber("id", entry.Id);
            json.WriteString("at", entry.At.UtcDateTime);
            json.WriteString("actor", entry.Actor);
            WriteNumber(json, "keyId", entry.KeyId);
            json.WriteString("keyName", entry.KeyName);
            json.WriteString("action", entry.Action);
            json.WriteString("function", entry.Function);
            WriteNumber(json, "version", entry.Version);
            json.WriteString("sha256", entry.Sha256);
            WriteNumber(json, "targetKeyId", entry.TargetKeyId);
            json.WriteString("subject", entry.Subject);
            json.WriteString("traceId", entry.TraceId);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("nextCursor", page.Next);
        json.WriteEndObject();
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, int? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, number);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
