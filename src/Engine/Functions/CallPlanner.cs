using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Torch;
using Torch2Jax.Transforms;
using Torch2Jax.Trees;

namespace Torch2Jax.Functions;

/// <summary>Plans a call of one function version: the example's structure is checked, then the transforms are laid out.</summary>
internal sealed class CallPlanner(FunctionDefinition definition, OwnShapes shapes)
{
    /// <summary>Plans a call; runs nothing but inference, where a transform needs the function's output shapes.</summary>
    /// <exception cref="EngineException">The arguments or the transforms do not fit the function.</exception>
    public ProgramPlan Plan(Invocation call, CompiledCode code, string device)
    {
        if (ReferenceResolver.HasReferences(call.Args, call.Kwargs))
        {
            throw new EngineException(
                ErrorCode.MalformedRequest,
                "The call still names stored arrays; FunctionService.ResolveAsync puts them in their places."
            );
        }

        var transforms = call.Transforms ?? [];
        var kwargs = Kwargs(call);
        var own = definition.Expected is null ? null : PeeledArguments.Of(transforms, call.Args);
        if (own is not null && transforms.Count > 0)
        {
            definition.Expected!.Check(definition.Schema, own, kwargs);
        }

        var plan = Plan(call, code, device, transforms, kwargs, own);
        if (own is not null && !plan.Function.InTree.Equals(definition.Expected!.InTree))
        {
            throw definition.Expected.Mismatch(own, kwargs);
        }

        return plan;
    }

    private ProgramPlan Plan(
        Invocation call,
        CompiledCode code,
        string device,
        IReadOnlyList<Transform> transforms,
        IReadOnlyDictionary<string, PyTree<IArgumentLeaf>>? kwargs,
        IReadOnlyList<PyTree<IArgumentLeaf>>? own
    )
    {
        var sharding = call.Sharding;
        var request = new PlanRequest(
            definition.Schema,
            call.Args,
            kwargs,
            transforms,
            definition.Nondiff,
            definition.VmapMethod,
            sharding,
            query => Ask(query, code, device, isSharded: sharding is not null),
            transforms.Count == 0 && sharding is null ? null : Named(call, kwargs, own),
            device
        );
        try
        {
            return ProgramPlanner.Plan(request);
        }
        catch (EngineException error)
            when (error.Code is ErrorCode.StructureMismatch or ErrorCode.UnexpectedKeywordArguments && own is not null)
        {
            // What does not fit the schema does not have the example's structure either: that is said first.
            definition.Expected!.Check(definition.Schema, own, kwargs);
            throw;
        }
    }

    private IReadOnlyDictionary<string, PyTree<IArgumentLeaf>>? Kwargs(Invocation call)
    {
        if (definition.Expected is { } expected)
        {
            return expected.Kwargs(call.Kwargs);
        }

        return call.Kwargs is { Count: > 0 } ? call.Kwargs : null;
    }

    private PyTree<ShapeDtypeStruct>? Ask(ShapeQuery query, CompiledCode code, string device, bool isSharded)
    {
        // Registered shapes are global ones; a shard's are not theirs.
        if (!isSharded && definition.OutputShapes is { } registered && query.ShapeKey == definition.Expected?.ShapeKey)
        {
            return registered;
        }

        return shapes.Find(code, query, device);
    }

    // Under sharding the registered shapes are the planner's to know beforehand: it asks about shards.
    private PyTree<ShapeDtypeStruct>? Named(
        Invocation call,
        IReadOnlyDictionary<string, PyTree<IArgumentLeaf>>? kwargs,
        IReadOnlyList<PyTree<IArgumentLeaf>>? own
    )
    {
        if (call.OutputShapes is { } named)
        {
            return OutputShapeGuess.Resolve(
                named,
                call.Args.Concat(kwargs?.Values ?? []).SelectMany(tree => tree.Leaves)
            );
        }

        if (call.Sharding is null || definition.OutputShapes is null || own is null)
        {
            return null;
        }

        var bound = ArgumentBinder.Bind(definition.Schema, own, kwargs);
        return bound.ShapeKey == definition.Expected?.ShapeKey ? definition.OutputShapes : null;
    }
}
