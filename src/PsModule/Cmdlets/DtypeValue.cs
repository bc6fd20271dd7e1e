using Torch2Jax.Arrays;

namespace Torch2Jax.PsModule.Cmdlets;

/// <summary>The parameter -DType.</summary>
internal static class DtypeValue
{
    public static DType? Read(string? name) => name is null ? null : DTypes.Parse(name.ToLowerInvariant(), "DType");
}
