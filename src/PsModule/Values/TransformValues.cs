using Torch2Jax.Transforms;

namespace Torch2Jax.PsModule.Values;

/// <summary>
/// Reads -Transform: names (<c>'grad'</c>), or hashtables as in REST (<c>@{ grad = @{ argnums = 0 } }</c>). Names are found
/// whatever their case, as everything in a script is.
/// </summary>
internal static class TransformValues
{
    /// <summary>The transforms' names.</summary>
    public static IReadOnlyList<string> Names { get; } =
    ["grad", "valueAndGrad", "vjp", "jvp", "jacrev", "jacfwd", "hessian", "vmap"];

    private static readonly JsonValues Options = new(
        JsonValues.Words([.. Names, "argnums", "hasAux", "inAxes", "outAxes", "axisSize", "method"]),
        $"Give a name ({string.Join(", ", Names)}) or a hashtable: @{{ grad = @{{ argnums = 0 }} }}."
    );

    public static IReadOnlyList<Transform>? Read(object?[]? given)
    {
        if (given is null || given.Length == 0)
        {
            return null;
        }

        using var document = Options.Read(given, "Transform", levelsOfWords: 2);
        return TransformReader.Read(document.RootElement, "Transform");
    }
}
