namespace Torch2Jax.Functions;

/// <summary>Where a function runs.</summary>
public enum FunctionIsolation
{
    /// <summary>In the process that calls it.</summary>
    None,

    /// <summary>In a worker process, where there are any: what ends it there ends nothing else.</summary>
    Process,
}
