using Torch2Jax.Arrays;

namespace Torch2Jax.Transforms;

/// <summary>A leaf of the arguments at one level of a plan: an input with its shape there, or a static value.</summary>
internal sealed class LevelLeaf
{
    private LevelLeaf(IArgumentLeaf value, ProgramLeaf? input, ShapeDtypeStruct? aval)
    {
        Value = value;
        Input = input;
        Aval = aval;
    }

    /// <summary>What the program at this level is given: the caller's own leaf, or a shape where a vmap took an axis off.</summary>
    public IArgumentLeaf Value { get; }

    /// <summary>The input; null for a static value.</summary>
    public ProgramLeaf? Input { get; }

    /// <summary>Shape and dtype at this level; null for a static value.</summary>
    public ShapeDtypeStruct? Aval { get; }

    /// <summary>Whether it has tangents and cotangents.</summary>
    public bool IsDifferentiable => Aval is not null && Aval.Dtype.IsDifferentiable();

    /// <summary>The leaf as the caller gave it.</summary>
    public static LevelLeaf Of(IArgumentLeaf leaf) =>
        leaf switch
        {
            NDArray array => new(leaf, new ProgramLeaf(leaf), array.Aval),
            ShapeDtypeStruct shape => new(leaf, new ProgramLeaf(leaf), shape),
            _ => new(leaf, null, null),
        };

    /// <summary>The same input as an element of its batch.</summary>
    public LevelLeaf WithoutAxis(int axis)
    {
        var element = new ShapeDtypeStruct(Aval!.Dtype, Aval.Shape.RemoveAt(axis));
        return new LevelLeaf(element, Input, element);
    }

    /// <summary>What an error calls it: <c>an int64 array</c>, <c>a static value</c>.</summary>
    public string Describe() => Aval is null ? "a static value" : $"{Aval}";
}
