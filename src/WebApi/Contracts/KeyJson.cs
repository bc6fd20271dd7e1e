using System.Text.Json;
using Torch2Jax.Registry.Keys;

namespace Torch2Jax.WebApi.Contracts;

/// <summary>Writes keys; the key itself only in the answer that made it.</summary>
internal static class KeyJson
{
    public static void WriteMade(Utf8JsonWriter json, MadeApiKey made)
    {
        json.WriteStartObject();
        WriteFields(json, made.Key);
        json.WriteString("key", made.Text);
        json.WriteEndObject();
    }

    public static void WriteList(Utf8JsonWriter json, IReadOnlyList<ApiKey> keys)
    {
        json.WriteStartObject();
        json.WriteStartArray("keys");
        foreach (var key in keys)
        {
            json.WriteStartObject();
            WriteFields(json, key);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteFields(Utf8JsonWriter json, ApiKey key)
    {
        json.WriteNumber("id", key.Id);
        json.WriteString("name", key.Name);
        json.WriteString("role", key.Role.Name());
        json.WriteString("prefix", key.Prefix);
        if (key.RatePerMinute is { } rate)
        {
            json.WriteNumber("ratePerMinute", rate);
        }
        else
        {
            json.WriteNull("ratePerMinute");
        }

        json.WriteString("createdAt", key.CreatedAt.UtcDateTime);
        WriteTime(json, "expiresAt", key.ExpiresAt);
        WriteTime(json, "revokedAt", key.RevokedAt);
        WriteTime(json, "lastUsedAt", key.LastUsedAt);
    }

    private static void WriteTime(Utf8JsonWriter json, string name, DateTimeOffset? time)
    {
        if (time is { } at)
        {
            json.WriteString(name, at.UtcDateTime);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
