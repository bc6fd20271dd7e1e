namespace Torch2Jax.PsModule.Files;

/// <summary>What an array file holds: one array, or several by name in the file's order.</summary>
internal sealed record FileArrays(Torch2JaxArray? Single, IReadOnlyList<KeyValuePair<string, Torch2JaxArray>>? Named)
{
    public static FileArrays Of(Torch2JaxArray array) => new(array, null);
}
