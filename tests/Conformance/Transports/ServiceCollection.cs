namespace Torch2Jax.Conformance.Transports;

/// <summary>All tests share one service: one libtorch, one database.</summary>
[CollectionDefinition(Name)]
public sealed class ServiceCollection : ICollectionFixture<ServiceFixture>
{
    public const string Name = "service";
}
