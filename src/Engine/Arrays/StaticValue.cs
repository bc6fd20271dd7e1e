namespace Torch2Jax.Arrays;

/// <summary>A static argument's value: long, double, bool or string. Part of the cache key, never differentiated.</summary>
/// <param name="Value">A <see cref="long"/>, <see cref="double"/>, <see cref="bool"/> or <see cref="string"/>.</param>
public sealed record StaticValue(object Value) : IArgumentLeaf;
