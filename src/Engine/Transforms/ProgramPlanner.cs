using System.Collections.Immutable;
using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Sharding;
using Torch2Jax.Torch;
using Torch2Jax.Trees;

namespace Torch2Jax.Transforms;

/// <summary>Turns a call of a transformed function into a program of the native layer and a tree for its outputs.</summary>
public static class ProgramPlanner
{
    /// <summary>Plans a call; runs nothing.</summary>
    /// <exception cref="EngineException">Where arguments, transforms or sharding do not fit the function.</exception>
    public static ProgramPlan Plan(PlanRequest request)
    {
        if (request.Transforms.Count == 0 && request.Sharding is null)
        {
            return new ProgramPlan(ArgumentBinder.Bind(request.Schema, request.Args, request.Kwargs));
        }

        var outermost = LevelArguments.Of(request.Args, request.Kwargs);
        var steps = Peel(request, outermost);
        var function = steps.Length > 0 ? steps[0].Inner : outermost;
        var bound = Bind(request, function);
        var leaves = Number(function, steps);
        var layout = Shard(request, function);
        var query = new ShapeQuery(bound.Code, QueryLeaves(function, layout));
        return new ProgramPlan(bound, leaves, steps, layout, query, request);
    }

    // From the outermost transform inwards: each takes its own arguments off and leaves those of what it is applied to.
    private static Step[] Peel(PlanRequest request, LevelArguments arguments)
    {
        var names = request.Schema.Arguments.Select(argument => argument.Name).ToArray();
        var steps = new Step[request.Transforms.Count];
        for (var i = steps.Length - 1; i >= 0; i--)
        {
            var transform = request.Transforms[i];
            var own = request.Transforms.Take(i + 1).All(inner => inner is not (Vjp or Jvp));
            var context = new PeelContext($"transforms[{i}].{transform.Name}", request.VmapMethod, own ? names : null);
            steps[i] = transform.Peel(arguments, context);
            arguments = steps[i].Inner;
        }

        return steps;
    }

    private static BoundArguments Bind(PlanRequest request, LevelArguments function) =>
        ArgumentBinder.Bind(
            request.Schema,
            [.. function.Args.Select(tree => tree.Map(leaf => leaf.Value))],
            request.Kwargs is null
                ? null
                : function.Kwargs.ToDictionary(item => item.Key, item => item.Value.Map(leaf => leaf.Value))
        );

    // The function's leaves first, then what each vjp or jvp adds, the innermost first.
    private static ImmutableArray<ProgramLeaf> Number(LevelArguments function, Step[] steps)
    {
        var leaves = ImmutableArray.CreateBuilder<ProgramLeaf>();
        leaves.AddRange(function.Inputs.Select(leaf => leaf.Input!));
        foreach (var step in steps)
        {
            step.InnerInputs = leaves.Count;
            if (step is BatchStep batch)
            {
                batch.Inputs = leaves.ToImmutable();
            }

            leaves.AddRange(step.Extra);
        }

        for (var i = 0; i < leaves.Count; i++)
        {
            leaves[i].Number = i;
        }

        return leaves.ToImmutable();
    }

    // Sharding is innermost: it sees the function's own arguments.
    private static ShardLayout? Shard(PlanRequest request, LevelArguments function) =>
        request.Sharding is null
            ? null
            : ShardLayout.Create(
                request.Sharding,
                [.. function.Args.Select(tree => tree.Map(leaf => leaf.Aval))],
                function.Kwargs.Sum(item => item.Value.Leaves.Count(leaf => leaf.Input is not null)),
                request.Device
            );

    private static ImmutableArray<ShapeDtypeStruct> QueryLeaves(LevelArguments function, ShardLayout? layout)
    {
        var leaves = function.Inputs.Select(leaf => leaf.Aval!).ToImmutableArray();
        return layout?.ShardInputs(leaves) ?? leaves;
    }
}
