using System.Diagnostics;
using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Transforms;
using Torch2Jax.Trees;

namespace Torch2Jax.Functions;

/// <summary>
/// Answers what shapes a call's outputs would have: as named, from the shape cache, else by inferring the function's own
/// outputs and following them through the transforms.
/// </summary>
internal sealed class ShapeEvaluator(
    string reference,
    FunctionDefinition definition,
    CodeHolder holder,
    CallPlanner planner,
    OwnShapes ownShapes,
    ShapeCache cache,
    IReadOnlyList<string> devices
)
{
    public EvalShapeResult Evaluate(Invocation call)
    {
        var started = Stopwatch.GetTimestamp();
        var device = DeviceName.Check(call, devices);
        using var code = holder.Acquire();
        var plan = planner.Plan(call, code, device);
        var (outputs, outcome) = Find(call, plan, code, device);
        return new EvalShapeResult(
            outputs,
            reference,
            plan.Function.ShapeKey,
            outcome,
            outcome == CacheOutcome.Miss && Warning(plan) is { } warning ? [warning] : [],
            Stopwatch.GetElapsedTime(started).TotalMilliseconds
        );
    }

    /// <summary>The outputs of a plan; null where only a run can tell.</summary>
    public PyTree<ShapeDtypeStruct>? TryEvaluate(Invocation call, ProgramPlan plan, CompiledCode code, string device)
    {
        try
        {
            return Find(call, plan, code, device).Outputs;
        }
        catch (EngineException error) when (error.Code is ErrorCode.DataDependentShape or ErrorCode.ExecutionFailed)
        {
            return null;
        }
    }

    private (PyTree<ShapeDtypeStruct> Outputs, CacheOutcome Outcome) Find(
        Invocation call,
        ProgramPlan plan,
        CompiledCode code,
        string device
    )
    {
        var key = new ShapeLookup(plan.ProgramText, plan.Function.ShapeKey, DeviceName.KindOf(device));
        var entry = cache.Find(key);
        var outcome = entry is null ? CacheOutcome.Miss : CacheOutcome.Hit;
        if (definition.BoundOutputs(call.OutputShapes, plan.Function.Leaves, plan.Function.ShapeKey) is { } bound)
        {
            return (plan.OutputShapes(bound), outcome);
        }

        if (entry is not null)
        {
            return entry.IsDynamic
                ? throw ShapeInference.DependsOnData(plan.Function.ShapeKey)
                : (entry.Outputs, CacheOutcome.Hit);
        }

        var own = plan.JoinShards(ownShapes.Get(code, plan.Query, device));
        return (plan.OutputShapes(own), CacheOutcome.Miss);
    }

    private string? Warning(ProgramPlan plan) =>
        ShapeWarnings.Changed(
            definition.Expected?.ShapeKey,
            plan.Function.ShapeKey,
            outputShapesGiven: definition.OutputShapes is not null
        );
}
