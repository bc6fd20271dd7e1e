using System.CommandLine;
using System.Text.Json;
using Torch2Jax.Client;
using Torch2Jax.Encoding;

namespace Torch2Jax.Tool.Commands;

/// <summary>Prints registered functions.</summary>
internal static class FunctionPrinter
{
    public static void Print(ParseResult parsed, FunctionSummary function, bool? created = null) =>
        Answer.Print(
            parsed,
            json =>
            {
                Fields(json, function);
                if (created is { } isNew)
                {
                    json.WriteBoolean("created", isNew);
                }
            },
            text =>
            {
                text.WriteLine(
                    created is null ? $"{function.Reference}: {function.Signature}"
                    : created.Value ? $"{function.Reference} registered: {function.Signature}"
                    : $"{function.Reference} is registered already: {function.Signature}"
                );
                if (created is null)
                {
                    Details(text, function);
                }
            }
        );

    public static void Fields(Utf8JsonWriter json, FunctionSummary function)
    {
        json.WriteString("name", function.Name);
        json.WriteNumber("version", function.Version);
        json.WriteString("sha256", function.Sha256);
        json.WriteString("kind", function.IsArchive ? "archive" : "source");
        json.WriteString("entry", function.Entry);
        json.WriteString("signature", function.Signature);
        json.WriteString("inTree", function.InTree);
        json.WriteString("shapeKey", function.ShapeKey);
        json.WritePropertyName("outputShapes");
        if (function.OutputShapes is { } shapes)
        {
            TreeJson.WriteShapes(json, shapes);
        }
        else
        {
            json.WriteNullValue();
        }

        json.WriteString("vmapMethod", function.VmapMethod);
        json.WriteString("isolation", Isolation(function));
        json.WriteString("description", function.Description);
        json.WriteString("createdAt", function.CreatedAt.UtcDateTime);
        json.WriteStartArray("warnings");
        foreach (var warning in function.Warnings)
        {
            json.WriteStringValue(warning);
        }

        json.WriteEndArray();
    }

    private static string Isolation(FunctionSummary function) => function.Isolation.ToString().ToLowerInvariant();

    private static void Details(TextWriter text, FunctionSummary function)
    {
        foreach (
            var (name, value) in new[]
            {
                ("description", function.Description),
                ("in tree", function.InTree),
                ("shape key", function.ShapeKey),
                ("outputs", function.OutputShapes is { } shapes ? string.Join(", ", shapes.Leaves) : null),
                ("vmap method", function.VmapMethod),
                ("isolation", Isolation(function)),
                ("sha256", function.Sha256),
                ("created", $"{function.CreatedAt:u}"),
            }
        )
        {
            if (value is not null)
            {
                text.WriteLine($"  {name, -12} {value}");
            }
        }
    }
}
