using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Torch;
using Torch2Jax.Transforms;
using Torch2Jax.Trees;

namespace Torch2Jax.Functions;

/// <summary>What a function version says of its own use, read from its content.</summary>
/// <param name="Schema">What it declares.</param>
/// <param name="Expected">What its example fixed; null without one.</param>
/// <param name="Example">The example's arguments fitted to the schema; null without one.</param>
/// <param name="OutputShapes">The outputs given at registration; they bind calls of the example's shapes.</param>
/// <param name="VmapMethod">What a vmap without a method uses.</param>
/// <param name="Nondiff">Arguments that are not differentiated.</param>
internal sealed record FunctionDefinition(
    FunctionSchema Schema,
    ExpectedInput? Expected,
    BoundArguments? Example,
    PyTree<ShapeDtypeStruct>? OutputShapes,
    string VmapMethod,
    NondiffOption? Nondiff
)
{
    /// <summary>Fits the stored example to the schema.</summary>
    /// <exception cref="Errors.EngineException">The example does not fit.</exception>
    public static FunctionDefinition Of(FunctionSchema schema, FunctionContent content)
    {
        BoundArguments? example = null;
        ExpectedInput? expected = null;
        if (content.ExampleArgs is not null || content.ExampleKwargs is not null)
        {
            var args = content.ExampleArgs is { } a ? ExampleText.ReadArgs(a) : [];
            var kwargs = content.ExampleKwargs is { } k ? ExampleText.ReadKwargs(k) : null;
            example = ArgumentBinder.Bind(schema, args, kwargs);
            expected = new ExpectedInput(example.InTree, example.ShapeKey, kwargs is not null);
        }

        return new FunctionDefinition(
            schema,
            expected,
            example,
            content.OutputShapes is { } outputs ? TreeJson.ReadShapes(outputs) : null,
            content.VmapMethod,
            NondiffText.Read(content.Nondiff)
        );
    }

    /// <summary>
    /// The outputs that bind a call: those it names itself, else the registered ones where it has the example's shapes.
    /// </summary>
    public PyTree<ShapeDtypeStruct>? BoundOutputs(
        PyTree<OutputShapeLeaf>? named,
        IReadOnlyList<IArgumentLeaf> leaves,
        string shapeKey
    )
    {
        if (named is not null)
        {
            return OutputShapeGuess.Resolve(named, leaves);
        }

        return string.Equals(Expected?.ShapeKey, shapeKey, StringComparison.Ordinal) ? OutputShapes : null;
    }
}
