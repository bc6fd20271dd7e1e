using System.Text.Json;
using Torch2Jax.PsModule.Errors;
using Torch2Jax.Sharding;

namespace Torch2Jax.PsModule.Values;

/// <summary>Reads -Sharding: a hashtable as in REST, or its JSON.</summary>
internal static class ShardingValues
{
    private const string Place = "Sharding";

    private const string Advice =
        "Give a hashtable, @{ mesh = @{ axisNames = @('x'); shape = @(2) }; inSpecs = , @('x'); outSpecs = @('x') }, or JSON.";

    private static readonly JsonValues Options = new(
        JsonValues.Words("mesh", "axisNames", "shape", "devices", "inSpecs", "outSpecs"),
        Advice
    );

    public static ShardingSpec? Read(object? given)
    {
        if (Unwrap.Value(given) is not { } value)
        {
            return null;
        }

        using var document = value is string text ? Parse(text) : Options.Read([value], Place, levelsOfWords: 2);
        return ShardingReader.Read(value is string ? document.RootElement : document.RootElement[0], Place);
    }

    private static JsonDocument Parse(string text)
    {
        try
        {
            return JsonDocument.Parse(text);
        }
        catch (JsonException error)
        {
            throw new ModuleException(
                "OptionNotUnderstood",
                System.Management.Automation.ErrorCategory.InvalidArgument,
                $"{Place} is no JSON: {error.Message}",
                Advice,
                error
            );
        }
    }
}
