namespace Torch2Jax.Registry;

/// <summary>The SQLSTATE codes and classes that the registry tells apart.</summary>
internal static class SqlStates
{
    public const string SerializationFailure = "40001";
    public const string DeadlockDetected = "40P01";
    public const string CheckViolation = "23514";
    public const string UntranslatableCharacter = "22P05";
    public const string CharacterNotInRepertoire = "22021";

    /// <summary>Whether the same request, sent again at once, may succeed.</summary>
    public static bool IsConflict(string state) => state is SerializationFailure or DeadlockDetected;

    /// <summary>
    /// Whether the data itself is refused, however often it is sent: data exceptions, constraint violations and
    /// the server's limits.
    /// </summary>
    public static bool IsRefusedData(string state) =>
        state.StartsWith("22", StringComparison.Ordinal)
        || state.StartsWith("23", StringComparison.Ordinal)
        || state.StartsWith("54", StringComparison.Ordinal);
}
