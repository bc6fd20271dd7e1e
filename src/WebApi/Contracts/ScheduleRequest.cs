using System.Text.Json;
using System.Text.RegularExpressions;
using Torch2Jax.Registry.Schedules;
using Torch2Jax.WebApi.Bodies;

namespace Torch2Jax.WebApi.Contracts;

/// <summary>Reads what a new schedule is to be; its times and its manifest are looked at by those who know them.</summary>
internal static partial class ScheduleRequest
{
    private const string Known = "name, cron, everySeconds, timeZone, misfire, overlap, folder, manifest and paused";
    private const int MostSeconds = 365 * 24 * 3600;

    /// <param name="body">The JSON.</param>
    /// <param name="folderOf">The full path of a folder as it was given.</param>
    /// <exception cref="Errors.EngineException">MalformedRequest, with the field.</exception>
    public static ScheduleRecord Read(ReadOnlySpan<byte> body, Func<string?, string> folderOf)
    {
        try
        {
            return ReadFields(body, folderOf);
        }
        catch (JsonException error)
        {
            throw JsonFields.NotJson(error);
        }
    }

    private static ScheduleRecord ReadFields(ReadOnlySpan<byte> body, Func<string?, string> folderOf)
    {
        var reader = JsonFields.OpenObject(body);
        var seen = 0u;
        var texts = new string?[6];
        long? seconds = null;
        string? manifest = null;
        var paused = false;
        while (JsonFields.NextField(ref reader))
        {
            var text = TextField(ref reader);
            if (text >= 0)
            {
                JsonFields.Once(ref seen, text, Texts[text]);
                texts[text] = JsonFields.Text(ref reader, Texts[text]);
            }
            else if (reader.ValueTextEquals("everySeconds"u8))
            {
                JsonFields.Once(ref seen, 6, "everySeconds");
                seconds = JsonFields.Integer(ref reader, "everySeconds");
            }
            else if (reader.ValueTextEquals("manifest"u8))
            {
                JsonFields.Once(ref seen, 7, "manifest");
                manifest = Manifest(JsonFields.Element(ref reader, "manifest"));
            }
            else if (reader.ValueTextEquals("paused"u8))
            {
                JsonFields.Once(ref seen, 8, "paused");
                paused = JsonFields.Boolean(ref reader, "paused") ?? false;
            }
            else
            {
                throw JsonFields.UnknownField(ref reader, Known);
            }
        }

        return new ScheduleRecord(
            Name(texts[0]),
            texts[1],
            Seconds(seconds, texts[1]),
            texts[2] ?? "UTC",
            Policy(texts[3], MisfirePolicy.FireOnce, "misfire"),
            Policy(texts[4], OverlapPolicy.Skip, "overlap"),
            folderOf(texts[5]),
            manifest ?? throw JsonFields.Malformed("The field is missing.", "manifest")
        )
        {
            Paused = paused,
        };
    }

    private static readonly string[] Texts = ["name", "cron", "timeZone", "misfire", "overlap", "folder"];

    private static int TextField(ref Utf8JsonReader reader)
    {
        for (var i = 0; i < Texts.Length; i++)
        {
            if (reader.ValueTextEquals(Texts[i]))
            {
                return i;
            }
        }

        return -1;
    }

    private static string Name(string? name) =>
        name is not null && Legal().IsMatch(name)
            ? name
            : throw JsonFields.Malformed(
                "A schedule has a name of at most 128 letters, digits and _ . -, with a letter or _ first.",
                "name"
            );

    private static int? Seconds(long? seconds, string? cron) =>
        (seconds, cron) switch
        {
            (null, not null) => null,
            (>= 1 and <= MostSeconds, null) => (int)seconds,
            (null, null) or (_, not null) => throw JsonFields.Malformed(
                "A schedule has either \"cron\" or \"everySeconds\".",
                "cron"
            ),
            _ => throw JsonFields.Malformed($"Expected a number from 1 to {MostSeconds}.", "everySeconds"),
        };

    private static string? Manifest(JsonElement? manifest) =>
        manifest is not { } given ? null
        : given.ValueKind == JsonValueKind.Object ? given.GetRawText()
        : throw JsonFields.Malformed("A manifest is a JSON object.", "manifest");

    private static T Policy<T>(string? text, T otherwise, string field)
        where T : struct, Enum
    {
        if (text is null)
        {
            return otherwise;
        }

        foreach (var policy in Enum.GetValues<T>())
        {
            if (ScheduleJson.Name(policy) == text)
            {
                return policy;
            }
        }

        var names = Enum.GetValues<T>().Select(policy => $"\"{ScheduleJson.Name(policy)}\"");
        throw JsonFields.Malformed($"Expected {string.Join(" or ", names)}.", field);
    }

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_.-]{0,127}\z")]
    private static partial Regex Legal();
}
