using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.WebApi.Bodies;

namespace Torch2Jax.WebApi.Contracts;

/// <summary>
/// The fields of an invocation whose body is arrays: they come as query parameters. <c>dtype</c> and <c>shape</c>
/// describe a body of raw bytes, <c>parameters</c> holds static arguments by name, <c>ref.params=name</c> stored arrays.
/// </summary>
internal sealed class CallQuery
{
    private static readonly HashSet<string> Texts = ["device", "encoding"];
    private static readonly HashSet<string> Trees = ["transforms", "outputShapes", "sharding", "seed", "deadlineMs"];

    private readonly Dictionary<string, ArrayReference> references = new(StringComparer.Ordinal);

    public CallQuery(IQueryCollection query, ReadLimits limits)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach (var (key, values) in query)
            {
                var value = QueryFields.Single(key, values);
                switch (key)
                {
                    case "dtype":
                        Dtype = DTypes.Parse(value, "dtype");
                        break;
                    case "shape":
                        Shape = ReadShape(value);
                        break;
                    case "parameters":
                        Statics = ReadStatics(value);
                        break;
                    case var _ when key.StartsWith(V2.References.Prefix, StringComparison.Ordinal):
                        references[key[V2.References.Prefix.Length..]] = ArrayReference.Parse(value, key);
                        break;
                    default:
                        QueryFields.Write(json, key, value, Texts, Trees);
                        break;
                }
            }

            json.WriteEndObject();
        }

        Call = InvocationReader.Read(buffer.ToArray(), limits);
    }

    /// <summary>Everything but the arguments.</summary>
    public InvocationBody Call { get; }

    public DType? Dtype { get; }

    public ImmutableArray<long>? Shape { get; }

    public IReadOnlyDictionary<string, object> Statics { get; } = new Dictionary<string, object>();

    /// <summary>Stored arrays by argument, or by key path of a tree in one.</summary>
    public IReadOnlyDictionary<string, ArrayReference> References => references;

    /// <summary>A shape as addresses write it: <c>10,5</c>, empty for a scalar.</summary>
    public static ImmutableArray<long> ReadShape(string text)
    {
        var shape = ImmutableArray.CreateBuilder<long>();
        foreach (var part in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            shape.Add(
                long.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var size)
                    ? size
                    : throw JsonFields.Malformed("A shape is written 10,5 (empty for a scalar).", "shape")
            );
        }

        return shape.ToImmutable();
    }

    private static Dictionary<string, object> ReadStatics(string text)
    {
        var statics = new Dictionary<string, object>(StringComparer.Ordinal);
        try
        {
            using var document = JsonDocument.Parse(text);
            foreach (var field in document.RootElement.EnumerateObject())
            {
                statics[field.Name] = field.Value.ValueKind switch
                {
                    JsonValueKind.Number => field.Value.TryGetInt64(out var integer)
                        ? (object)integer
                        : field.Value.GetDouble(),
                    JsonValueKind.True => true,
                    JsonValueKind.False => false,
                    JsonValueKind.String => field.Value.GetString()!,
                    _ => throw JsonFields.Malformed(
                        "A static argument is a number, a boolean or a string.",
                        $"parameters.{field.Name}"
                    ),
                };
            }

            return statics;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw JsonFields.Malformed("The parameter is not a JSON object.", "parameters", error);
        }
    }
}
