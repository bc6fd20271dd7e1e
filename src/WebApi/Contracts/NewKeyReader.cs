using System.Globalization;
using System.Text.Json;
using Torch2Jax.Registry.Keys;
using Torch2Jax.WebApi.Bodies;

namespace Torch2Jax.WebApi.Contracts;

/// <summary>Reads what a new key is to be.</summary>
internal static class NewKeyReader
{
    private const string Known = "name, role, expiresAt, expiresIn and ratePerMinute";

    /// <exception cref="Errors.EngineException">MalformedRequest, with the field.</exception>
    public static NewApiKey Read(ReadOnlySpan<byte> body, DateTimeOffset now)
    {
        try
        {
            return ReadFields(body, now);
        }
        catch (JsonException error)
        {
            throw JsonFields.NotJson(error);
        }
    }

    /// <summary>A role's name.</summary>
    public static KeyRole Role(string? name) =>
        KeyRoles.Parse(name)
        ?? throw JsonFields.Malformed($"A key has one of the roles {string.Join(", ", KeyRoles.Names)}.", "role");

    /// <summary>A span from now: 90d, 12h, 30m.</summary>
    public static DateTimeOffset After(string span, DateTimeOffset now, string field)
    {
        var unit = span.Length > 1 ? span[^1] : ' ';
        if (
            !int.TryParse(span.AsSpan(0, Math.Max(0, span.Length - 1)), NumberStyles.None, null, out var count)
            || count is 0 or > 1_000_000
        )
        {
            unit = ' ';
        }

        return unit switch
        {
            'd' => now.AddDays(count),
            'h' => now.AddHours(count),
            'm' => now.AddMinutes(count),
            _ => throw JsonFields.Malformed("A span of time is a number and d, h or m: 90d, 12h, 30m.", field),
        };
    }

    private static NewApiKey ReadFields(ReadOnlySpan<byte> body, DateTimeOffset now)
    {
        var reader = JsonFields.OpenObject(body);
        var seen = 0u;
        string? name = null;
        string? role = null;
        DateTimeOffset? expires = null;
        int? rate = null;
        while (JsonFields.NextField(ref reader))
        {
            if (reader.ValueTextEquals("name"u8))
            {
                JsonFields.Once(ref seen, 0, "name");
                name = JsonFields.Text(ref reader, "name");
            }
            else if (reader.ValueTextEquals("role"u8))
            {
                JsonFields.Once(ref seen, 1, "role");
                role = JsonFields.Text(ref reader, "role");
            }
            else if (reader.ValueTextEquals("expiresAt"u8))
            {
                JsonFields.Once(ref seen, 2, "expiresAt");
                expires = JsonFields.Text(ref reader, "expiresAt") is { } text ? Time(text) : expires;
            }
            else if (reader.ValueTextEquals("expiresIn"u8))
            {
                JsonFields.Once(ref seen, 2, "expiresIn");
                expires = JsonFields.Text(ref reader, "expiresIn") is { } text
                    ? After(text, now, "expiresIn")
                    : expires;
            }
            else if (reader.ValueTextEquals("ratePerMinute"u8))
            {
                JsonFields.Once(ref seen, 3, "ratePerMinute");
                var number = JsonFields.Integer(ref reader, "ratePerMinute");
                rate = number is null ? null : (int)Math.Clamp(number.Value, int.MinValue, int.MaxValue);
            }
            else
            {
                throw JsonFields.UnknownField(ref reader, Known);
            }
        }

        var parsed = Role(role);
        return new NewApiKey(name ?? parsed.Name(), parsed, expires, rate);
    }

    private static DateTimeOffset Time(string text) =>
        DateTimeOffset.TryParse(
            text,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out var time
        )
            ? time
            : throw JsonFields.Malformed("A time is written as 2027-01-31T00:00:00Z.", "expiresAt");
}
