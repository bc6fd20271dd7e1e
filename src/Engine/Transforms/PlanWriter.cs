using System.Collections.Immutable;
using System.Text;
using Torch2Jax.Arrays;
using Torch2Jax.Sharding;
using Torch2Jax.Trees;

namespace Torch2Jax.Transforms;

/// <summary>Writes the native lines of a plan, and asks for the function's outputs where a line needs them.</summary>
internal sealed class PlanWriter(PlanRequest request, ImmutableArray<Step> steps, ShardLayout? layout, ShapeQuery query)
{
    private bool asked;
    private OutputTree? functionOutputs;

    public string Write()
    {
        var code = new StringBuilder();
        AppendNondiff(code);
        if (layout is not null)
        {
            CheckShards();
            layout.Append(code, () => FunctionOutputs()?.Tree);
        }

        for (var i = 0; i < steps.Length; i++)
        {
            var inside = steps[..i];
            steps[i].Write(code, () => OutputsOf(inside));
        }

        return code.ToString();
    }

    private void AppendNondiff(StringBuilder code)
    {
        if (request.Nondiff is null || !steps.Any(step => step is not BatchStep))
        {
            return;
        }

        var stopped = request.Nondiff.Leaves(steps[0].Inner);
        if (stopped.Count > 0)
        {
            code.Append("N leaves=").AppendJoin(',', stopped).Append('\n');
        }
    }

    // Shapes that the caller names are global, so they must divide; else the shards' own must fit the specs.
    private void CheckShards()
    {
        if (request.OutputShapes is { } named)
        {
            layout!.CheckGlobalOutputs(named);
        }
        else
        {
            FunctionOutputs();
        }
    }

    private OutputTree? OutputsOf(ImmutableArray<Step> inside)
    {
        var outputs = FunctionOutputs();
        foreach (var step in inside)
        {
            outputs = outputs is null ? null : step.Compose(outputs);
        }

        return outputs;
    }

    private OutputTree? FunctionOutputs()
    {
        if (!asked)
        {
            asked = true;
            var shapes = request.OutputShapes;
            if (shapes is null && request.FunctionShapes(query) is { } seen)
            {
                shapes = layout?.JoinOutputs(seen) ?? seen;
            }

            functionOutputs = shapes is null ? null : OutputTree.OfShapes(shapes, query.Leaves.Length);
        }

        return functionOutputs;
    }
}
