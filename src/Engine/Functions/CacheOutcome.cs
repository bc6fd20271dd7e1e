namespace Torch2Jax.Functions;

/// <summary>What the shape cache knew of a call.</summary>
public enum CacheOutcome
{
    /// <summary>The shapes were known in this process.</summary>
    Hit,

    /// <summary>The shapes were not known; what came out is recorded.</summary>
    Miss,

    /// <summary>The entry came from the database, and this is its first use by a call in this process.</summary>
    Restored,

    /// <summary>The output shapes depend on data: the answer has what came out, and nothing is promised for the next.</summary>
    Dynamic,
}
