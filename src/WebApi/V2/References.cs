using Torch2Jax.Arrays;
using Torch2Jax.WebApi.Bodies;

namespace Torch2Jax.WebApi.V2;

/// <summary>Stored arrays that are named beside the inputs: <c>ref.params=digits-params</c>.</summary>
internal static class References
{
    /// <summary>What a parameter begins with that names one.</summary>
    public const string Prefix = "ref.";

    /// <summary>No reference.</summary>
    public static IReadOnlyDictionary<string, ArrayReference> None { get; } = new Dictionary<string, ArrayReference>();

    /// <summary>Those among a request's parameters.</summary>
    public static IReadOnlyDictionary<string, ArrayReference> Of(IReadOnlyDictionary<string, object> parameters)
    {
        Dictionary<string, ArrayReference>? found = null;
        foreach (var (key, value) in parameters)
        {
            if (key.StartsWith(Prefix, StringComparison.Ordinal))
            {
                (found ??= new(StringComparer.Ordinal))[key[Prefix.Length..]] = ArrayReference.Parse(
                    value as string
                        ?? throw JsonFields.Malformed("The name of a stored array, a string, was expected.", Path(key)),
                    Path(key)
                );
            }
        }

        return found ?? None;
    }

    private static string Path(string key) => $"parameters.{key}";
}
