using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Sharding;
using Torch2Jax.Torch;
using Torch2Jax.Transforms;
using Torch2Jax.Trees;

namespace Torch2Jax.Tests.Transforms;

/// <summary>One call of a transformed function through the planner and libtorch, without the layers above.</summary>
/// <param name="Function">The compiled function.</param>
/// <param name="Args">Arguments of the transformed function.</param>
/// <param name="Transforms">The first one is innermost.</param>
internal sealed record TransformedCall(
    ICompiledFunction Function,
    IReadOnlyList<PyTree<IArgumentLeaf>> Args,
    params IReadOnlyList<Transform> Transforms
)
{
    public IReadOnlyDictionary<string, PyTree<IArgumentLeaf>>? Kwargs { get; init; }

    public NondiffOption? Nondiff { get; init; }

    public ShardingSpec? Sharding { get; init; }

    public PyTree<ShapeDtypeStruct>? OutputShapes { get; init; }

    public string Method { get; init; } = VmapMethods.Sequential;

    public ProgramPlan Plan() =>
        ProgramPlanner.Plan(
            new PlanRequest(Function.Schema, Args, Kwargs, Transforms, Nondiff, Method, Sharding, Infer, OutputShapes)
        );

    /// <summary>Runs it; the caller disposes of the outputs.</summary>
    public PyTree<NDArray> Run() => Run(out _);

    public PyTree<NDArray> Run(out IReadOnlyList<string> warnings)
    {
        var plan = Plan();
        using var program = Function.CreateProgram(plan.ArgumentsCode, plan.TransformsCode);
        Assert.Equal(plan.Leaves.Count, program.InputCount);
        var result = program.Run([.. plan.Leaves.Cast<NDArray>()], default);
        warnings = result.Warnings;
        return plan.ComposeOutputs(result.FunctionStructure, result.FunctionDtypes, result.Outputs);
    }

    /// <summary>The output shapes by algebra; null where the function's own cannot be inferred.</summary>
    public PyTree<ShapeDtypeStruct>? EvalShape()
    {
        var plan = Plan();
        return Infer(plan.Query) is { } own ? plan.OutputShapes(plan.JoinShards(own)) : null;
    }

    private PyTree<ShapeDtypeStruct>? Infer(ShapeQuery query)
    {
        using var program = Function.CreateProgram(query.ArgumentsCode, "");
        try
        {
            // A loop that converges on data may not on zeros.
            var inferred = program.Infer([.. query.Leaves], allowZeros: true, new RunOptions(TimeoutMs: 1000));
            return new PyTree<ShapeDtypeStruct>(inferred.FunctionStructure, inferred.Outputs);
        }
        catch (EngineException error)
            when (error.Code is ErrorCode.DataDependentShape or ErrorCode.ExecutionFailed or ErrorCode.DeadlineExceeded)
        {
            return null;
        }
    }
}
