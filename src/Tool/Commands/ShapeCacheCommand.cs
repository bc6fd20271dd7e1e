using System.CommandLine;
using Torch2Jax.Encoding;

namespace Torch2Jax.Tool.Commands;

/// <summary>torch2jax shape-cache</summary>
internal static class ShapeCacheCommand
{
    public static Command Create()
    {
        var reference = new Argument<string>("function") { Description = "name, or name@version." };
        var clear = new Option<bool>("--clear") { Description = "Clear it, that of all versions." };
        var command = new Command("shape-cache", "Shows or clears what is known of a function's shapes.")
        {
            reference,
            clear,
        };
        return command.Does(
            (session, parsed, _, token) =>
            {
                var name = parsed.GetValue(reference)!;
                if (parsed.GetValue(clear))
                {
                    var cleared = session.ClearShapeCache(name, token);
                    Answer.Print(
                        parsed,
                        json => json.WriteNumber("cleared", cleared),
                        text => text.WriteLine($"{cleared} entries cleared.")
                    );
                    return;
                }

                var entries = session.ShapeCache(name, token);
                Answer.Print(
                    parsed,
                    json =>
                    {
                        json.WriteStartArray("entries");
                        foreach (var entry in entries)
                        {
                            json.WriteStartObject();
                            json.WriteString("function", entry.Function);
                            json.WriteString("program", entry.Program);
                            json.WriteString("shapeKey", entry.ShapeKey);
                            json.WritePropertyName("outputShapes");
                            TreeJson.WriteShapes(json, entry.OutputShapes);
                            json.WriteBoolean("dynamic", entry.Dynamic);
                            json.WriteString("device", entry.Device);
                            json.WriteNumber("hits", entry.Hits);
                            json.WriteEndObject();
                        }

                        json.WriteEndArray();
                    },
                    text =>
                    {
                        foreach (var entry in entries)
                        {
                            var outputs = string.Join(", ", entry.OutputShapes.Leaves);
                            text.WriteLine($"{entry.Function} ({entry.ShapeKey}) -> {outputs}: {entry.Hits} hits");
                        }
                    }
                );
            }
        );
    }
}
