using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Sharding;
using Torch2Jax.Tests.Torch;
using Torch2Jax.Torch;
using Torch2Jax.Transforms;
using Torch2Jax.Trees;

namespace Torch2Jax.Tests.Transforms;

/// <summary>A call to be planned, written as texts.</summary>
/// <param name="Signature">Such as <c>f(x: Tensor, n: int) -> Tensor</c>.</param>
/// <param name="Args">A tuple in the notation of <see cref="TreeNotation"/>.</param>
/// <param name="Transforms">JSON as in a request.</param>
internal sealed record Planning(string Signature, string Args, string Transforms = "[]")
{
    /// <summary>Keyword arguments as a dict in the notation; null for none.</summary>
    public string? Kwargs { get; init; }

    /// <summary>The function's own outputs, where they are known before it runs.</summary>
    public string? Function { get; init; }

    public string? OutputShapes { get; init; }

    public string? Sharding { get; init; }

    public string? NondiffArgnums { get; init; }

    public string? NondiffMask { get; init; }

    public string VmapMethod { get; init; } = VmapMethods.Sequential;

    /// <summary>What was asked for the function's shapes.</summary>
    public List<ShapeQuery> Asked { get; } = [];

    public static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;

    public ProgramPlan Plan()
    {
        var kwargs = Kwargs is null ? null : TreeNotation.Read(Kwargs);
        return ProgramPlanner.Plan(
            new PlanRequest(
                SourceSignature.Of(Signature),
                TreeNotation.ReadArguments(Args),
                kwargs?.Structure.Keys.Zip(kwargs.Children).ToDictionary(item => item.First, item => item.Second),
                TransformReader.Read(Json(Transforms)),
                NondiffArgnums is not null ? NondiffReader.Argnums(Json(NondiffArgnums))
                    : NondiffMask is not null ? NondiffReader.Mask(Json(NondiffMask))
                    : null,
                VmapMethod,
                Sharding is null ? null : ShardingReader.Read(Json(Sharding)),
                query =>
                {
                    Asked.Add(query);
                    return Function is null ? null : TreeNotation.ReadShapes(Function);
                },
                OutputShapes is null ? null : TreeNotation.ReadShapes(OutputShapes)
            )
        );
    }

    /// <summary>The native lines, joined by <c>;</c>.</summary>
    public string Code() => Plan().TransformsCode.TrimEnd('\n').Replace("\n", "; ", StringComparison.Ordinal);

    /// <summary>The program's output shapes when the function's own are these.</summary>
    public string Outputs(string function)
    {
        var plan = Plan();
        return TreeNotation.Write(plan.OutputShapes(plan.JoinShards(TreeNotation.ReadShapes(function))));
    }

    /// <summary>The composed tree with its flat outputs by their numbers.</summary>
    public string Composed(string function)
    {
        var shapes = TreeNotation.ReadShapes(function);
        var dtypes = shapes.Leaves.Select(leaf => leaf.Dtype).ToArray();
        var plan = Plan();
        var count = plan.OutputShapes(plan.JoinShards(shapes)).Leaves.Count;
        var numbers = Enumerable.Range(0, count).ToArray();
        var tree = plan.ComposeOutputs<int>(shapes.Structure, dtypes, numbers);
        return TreeNotation.Write(tree.Structure, new Queue<string>(tree.Leaves.Select(number => $"{number}")));
    }
}
