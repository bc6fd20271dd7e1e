namespace Torch2Jax.Arrays;

/// <summary>
/// What a leaf of an argument's tree may be: an array (<see cref="NDArray"/>), a shape alone
/// (<see cref="ShapeDtypeStruct"/>), or a static value (<see cref="StaticValue"/>).
/// </summary>
public interface IArgumentLeaf { }
