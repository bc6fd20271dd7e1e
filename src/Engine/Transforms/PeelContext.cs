namespace Torch2Jax.Transforms;

/// <summary>What a transform knows while its arguments are taken apart.</summary>
/// <param name="Path">Its place in the request: <c>transforms[0].grad</c>.</param>
/// <param name="DefaultMethod">The function's vmap method.</param>
/// <param name="Names">The function's argument names where the level's arguments are its own, else null.</param>
internal sealed record PeelContext(string Path, string DefaultMethod, IReadOnlyList<string>? Names)
{
    /// <summary>What an error calls a positional argument: <c>argument x</c>, <c>args[0]</c>.</summary>
    public string Argument(int position) =>
        Names is not null && position < Names.Count ? $"argument {Names[position]}" : $"args[{position}]";
}
