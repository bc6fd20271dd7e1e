using Torch2Jax.Transforms;

namespace Torch2Jax.PsModule.Values;

/// <summary>Reads -NondifferentiableArgument: positions, or one mask an argument (a boolean, or a tree of them).</summary>
internal static class NondiffValues
{
    private const string Parameter = "NondifferentiableArgument";

    private static readonly JsonValues Options = new(
        key => key,
        "Give positions (0, 2), or one mask for each argument: $false, @{ bias = $true }."
    );

    public static NondiffOption? Read(object?[]? given)
    {
        if (given is null)
        {
            return null;
        }

        using var document = Options.Read(given, Parameter, levelsOfWords: 0);
        var isPositions = given.All(item => Unwrap.Value(item) is int or long);
        return isPositions
            ? NondiffReader.Argnums(document.RootElement, Parameter)
            : NondiffReader.Mask(document.RootElement, Parameter);
    }
}
