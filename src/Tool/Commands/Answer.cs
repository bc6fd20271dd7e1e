using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Torch2Jax.Tool.Commands;

/// <summary>The answer of a command on standard output: one JSON object, or text for people.</summary>
internal static class Answer
{
    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = 512,
    };

    public static void Print(ParseResult parsed, Action<Utf8JsonWriter> json, Action<TextWriter> text)
    {
        if (!parsed.GetValue(SessionOptions.Json))
        {
            text(Console.Out);
            return;
        }

        using var output = Console.OpenStandardOutput();
        using (var writer = new Utf8JsonWriter(output, Options))
        {
            writer.WriteStartObject();
            json(writer);
            writer.WriteEndObject();
        }

        output.Write("\n"u8);
    }
}
