using Torch2Jax.Arrays;

namespace Torch2Jax.PsModule;

/// <summary>A dtype and a shape without data: what Test-Torch2JaxFunction answers with, and what it may be asked with.</summary>
public sealed class Torch2JaxShape
{
    internal Torch2JaxShape(ShapeDtypeStruct aval) => Aval = aval;

    /// <summary>Reads <c>float32[10, 5]</c>; <c>float32[]</c> is a scalar.</summary>
    /// <exception cref="FormatException">The text is none.</exception>
    public Torch2JaxShape(string text)
        : this(Values.ShapeText.Parse(text)) { }

    /// <summary>The dtype's name.</summary>
    public string DType => Aval.Dtype.Name();

    /// <summary>The dimensions; empty for a scalar.</summary>
    public long[] Shape => [.. Aval.Shape];

    internal ShapeDtypeStruct Aval { get; }

    /// <summary><c>float32[10, 5]</c>.</summary>
    public override string ToString() => Aval.ToString();
}
