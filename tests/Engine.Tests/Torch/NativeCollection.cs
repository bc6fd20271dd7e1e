namespace Torch2Jax.Tests.Torch;

/// <summary>Tests that count native handles run alone: the counters are the process's.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class NativeCollection
{
    public const string Name = "native handles are counted";
}
