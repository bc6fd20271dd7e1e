using System.Collections.Immutable;
using System.Text;
using Torch2Jax.Arrays;
using Torch2Jax.Sharding;
using Torch2Jax.Torch;
using Torch2Jax.Trees;

namespace Torch2Jax.Transforms;

/// <summary>A planned call: the native program's text, its inputs, and how its flat outputs become a tree.</summary>
public sealed class ProgramPlan
{
    private readonly ImmutableArray<Step> steps = [];
    private readonly ShardLayout? layout;
    private ShapeQuery? query;

    /// <summary>A plain call: nothing but the function.</summary>
    internal ProgramPlan(BoundArguments function)
    {
        Function = function;
        Leaves = function.Leaves;
        TransformsCode = "";
        ProgramText = function.Code;
    }

    internal ProgramPlan(
        BoundArguments function,
        ImmutableArray<ProgramLeaf> leaves,
        Step[] steps,
        ShardLayout? layout,
        ShapeQuery query,
        PlanRequest request
    )
    {
        Function = function;
        Leaves = leaves.Select(leaf => leaf.Value).ToArray();
        this.steps = [.. steps];
        this.layout = layout;
        this.query = query;
        TransformsCode = new PlanWriter(request, this.steps, layout, query).Write();
        ProgramText = TextOf(function.Code, TransformsCode);
    }

    /// <summary>Structure code of the function's arguments, static values included (t2j.h).</summary>
    public string ArgumentsCode => Function.Code;

    /// <summary>One line a transform, the innermost first (t2j.h); empty for none.</summary>
    public string TransformsCode { get; }

    /// <summary>The text of the whole program: two calls run the same program if and only if it is equal.</summary>
    public string ProgramText { get; }

    /// <summary>
    /// The function's own arguments, after those of vjp, jvp and vmap are taken off. Where a vmap batches them its leaves
    /// are the shapes of one element; <see cref="Leaves"/> has the arrays.
    /// </summary>
    public BoundArguments Function { get; }

    /// <summary>All inputs of the program as the caller gave them, the function's first.</summary>
    public IReadOnlyList<IArgumentLeaf> Leaves { get; }

    /// <summary>What to ask for the function's own outputs: the shapes that one of its calls sees.</summary>
    public ShapeQuery Query => query ??= new ShapeQuery(Function.Code, [.. Function.Leaves.Select(AvalOf)]);

    /// <summary>The text of a program from its two codes.</summary>
    public static string TextOf(string argumentsCode, string transformsCode) =>
        transformsCode.Length == 0 ? argumentsCode : $"{argumentsCode}\n{transformsCode}";

    /// <summary>Puts the program's flat outputs into the tree that JAX gives.</summary>
    /// <param name="functionOut">The tree that the function itself returned.</param>
    /// <param name="functionDtypes">The dtypes of its leaves.</param>
    /// <param name="flat">The program's outputs in native order.</param>
    /// <exception cref="Errors.EngineException">The function's output does not allow the transform.</exception>
    public PyTree<T> ComposeOutputs<T>(
        TreeDef functionOut,
        IReadOnlyList<DType> functionDtypes,
        IReadOnlyList<T> flat
    ) =>
        steps.IsEmpty
            ? new PyTree<T>(functionOut, flat)
            : new PyTree<T>(Compose(OutputTree.OfDtypes(functionOut, functionDtypes, FunctionInputs)).Tree, flat);

    /// <summary>The program's outputs from the function's own: algebra on shapes alone.</summary>
    /// <param name="functionShapes">The function's outputs on one element; global ones where it is sharded.</param>
    /// <exception cref="Errors.EngineException">The function's output does not allow the transform.</exception>
    public PyTree<ShapeDtypeStruct> OutputShapes(PyTree<ShapeDtypeStruct> functionShapes) =>
        steps.IsEmpty ? functionShapes : Compose(OutputTree.OfShapes(functionShapes, FunctionInputs)).ToShapes();

    /// <summary>The function's global outputs from what one of its calls returns (<see cref="Query"/>).</summary>
    /// <exception cref="Errors.EngineException">InvalidSharding where outSpecs do not fit them.</exception>
    public PyTree<ShapeDtypeStruct> JoinShards(PyTree<ShapeDtypeStruct> shardShapes) =>
        layout?.JoinOutputs(shardShapes) ?? shardShapes;

    private int FunctionInputs => Query.Leaves.Length;

    private OutputTree Compose(OutputTree outputs) => steps.Aggregate(outputs, (inner, step) => step.Compose(inner));

    private static ShapeDtypeStruct AvalOf(IArgumentLeaf leaf) =>
        leaf is NDArray array ? array.Aval : (ShapeDtypeStruct)leaf;
}
