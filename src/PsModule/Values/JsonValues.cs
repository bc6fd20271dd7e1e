using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Text.Json;
using Torch2Jax.PsModule.Errors;

namespace Torch2Jax.PsModule.Values;

/// <summary>Options that scripts write as hashtables and lists, as the JSON that the engine's readers take.</summary>
/// <param name="word">What a key is meant to be, at the first levels; below them keys are a tree's own.</param>
/// <param name="advice">What to write instead of what is no option.</param>
internal sealed class JsonValues(Func<string, string> word, string advice)
{
    private const int MostDepth = 16;

    /// <summary>What a key is meant to be of some words: whatever its case and underscores, as everything in a script is.</summary>
    public static Func<string, string> Words(params string[] words) =>
        text =>
            words.FirstOrDefault(
                word =>
                    word.Equals(text.Replace("_", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase),
                text
            );

    public JsonDocument Read(object?[] given, string place, int levelsOfWords)
    {
        using var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartArray();
            for (var i = 0; i < given.Length; i++)
            {
                Write(writer, given[i], $"{place}[{i}]", 0, levelsOfWords);
            }

            writer.WriteEndArray();
        }

        return JsonDocument.Parse(json.ToArray());
    }

    private void Write(Utf8JsonWriter writer, object? given, string place, int depth, int levelsOfWords)
    {
        switch (Unwrap.Value(given))
        {
            case null:
                writer.WriteNullValue();
                break;
            case bool flag:
                writer.WriteBooleanValue(flag);
                break;
            case string text:
                writer.WriteStringValue(depth == 0 ? word(text) : text);
                break;
            case IConvertible whole and (int or long or short or byte or sbyte):
                writer.WriteNumberValue(whole.ToInt64(CultureInfo.InvariantCulture));
                break;
            case IConvertible number and (double or float or decimal):
                writer.WriteNumberValue(number.ToDouble(CultureInfo.InvariantCulture));
                break;
            case IDictionary dictionary when depth < MostDepth:
                writer.WriteStartObject();
                foreach (DictionaryEntry entry in dictionary)
                {
                    var key = $"{entry.Key}";
                    writer.WritePropertyName(levelsOfWords > 0 ? word(key) : key);
                    Write(writer, entry.Value, $"{place}.{key}", depth + 1, levelsOfWords - 1);
                }

                writer.WriteEndObject();
                break;
            case IEnumerable list when depth < MostDepth:
                writer.WriteStartArray();
                foreach (var item in list)
                {
                    Write(writer, item, place, depth + 1, 0);
                }

                writer.WriteEndArray();
                break;
            case var other:
                throw new ModuleException(
                    "OptionNotUnderstood",
                    ErrorCategory.InvalidArgument,
                    $"{place} is a {other!.GetType().Name}, which is no option.",
                    advice
                );
        }
    }
}
