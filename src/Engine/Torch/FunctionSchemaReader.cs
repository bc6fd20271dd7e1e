using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Torch2Jax.Torch;

/// <summary>Reads t2j_function_schema's JSON.</summary>
internal static partial class FunctionSchemaReader
{
    public static FunctionSchema Read(ReadOnlySpan<byte> json)
    {
        SchemaJson schema = Deserialize(json);
        var arguments = ImmutableArray.CreateBuilder<FunctionArgument>(schema.Arguments.Count);
        foreach (ArgumentJson argument in schema.Arguments)
        {
            arguments.Add(
                new FunctionArgument(
                    argument.Name,
                    TorchType.Parse(argument.Type),
                    argument.Default is not null,
                    argument.Default,
                    argument.KeywordOnly
                )
            );
        }
        return new FunctionSchema(schema.Entry, arguments.MoveToImmutable(), TorchType.Parse(schema.Returns))
        {
            IsRandom = schema.Random,
            Prints = schema.Prints,
            Mutates = schema.Mutates,
        };
    }

    private static SchemaJson Deserialize(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, SchemaJsonContext.Default.SchemaJson)
                ?? throw new FormatException("The function's schema is null.");
        }
        catch (JsonException error)
        {
            throw new FormatException($"The function's schema cannot be read: {error.Message}", error);
        }
    }

    internal sealed record SchemaJson(
        [property: JsonRequired] string Entry,
        [property: JsonRequired] IReadOnlyList<ArgumentJson> Arguments,
        [property: JsonRequired] string Returns,
        bool Random,
        bool Prints,
        bool Mutates
    );

    internal sealed record ArgumentJson(
        [property: JsonRequired] string Name,
        [property: JsonRequired] string Type,
        string? Default,
        bool KeywordOnly
    );

    [JsonSourceGenerationOptions(
        PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
        RespectNullableAnnotations = true
    )]
    [JsonSerializable(typeof(SchemaJson))]
    internal sealed partial class SchemaJsonContext : JsonSerializerContext;
}
