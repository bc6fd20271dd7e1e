using System.Text.Json;
using System.Text.Json.Nodes;
using Torch2Jax.Arrays;
using Torch2Jax.Client;
using Torch2Jax.Conformance.Goldens;
using Torch2Jax.Errors;
using Torch2Jax.Functions;
using Torch2Jax.Sharding;
using Torch2Jax.Transforms;
using Torch2Jax.Trees;

namespace Torch2Jax.Conformance.Transports;

/// <summary>Recorded registrations, calls and answers in the engine's own types, for every transport that takes those.</summary>
internal static class EngineCall
{
    public static RegistrationRequest Registration(RegistrationSpec registration) =>
        new(
            registration.Name,
            registration.Source,
            Entry: registration.Entry,
            ExampleArgs: registration.ExampleArgs?.Select(EngineTree.Arguments).ToList(),
            ExampleKwargs: Arguments(registration.ExampleKwargs),
            OutputShapes: registration.OutputShapes is { } shapes ? EngineTree.OutputShapes(shapes) : null,
            Nondiff: Nondiff(registration)
        );

    public static Invocation Invocation(CallSpec call) =>
        new(
            [.. call.Args.Select(EngineTree.Arguments)],
            Arguments(call.Kwargs),
            call.Transforms is null ? null : TransformReader.Read(Element(call.Transforms)),
            call.OutputShapes is { } shapes ? EngineTree.OutputShapes(shapes) : null,
            call.Sharding is null ? null : ShardingReader.Read(Element(call.Sharding)),
            call.Device
        );

    public static CallAnswer Answer(InvocationResult result) =>
        new(null as Failure)
        {
            Outputs = EngineTree.Read(result.Outputs),
            TreeDef = result.Outputs.Structure.ToString(),
            ShapeKey = result.ShapeKey,
            Cache = result.Cache.ToString().ToLowerInvariant(),
            Warnings = result.Warnings,
        };

    public static CallAnswer Answer(EvalShapeResult result) =>
        new(null as Failure)
        {
            Outputs = EngineTree.Read(result.Outputs),
            TreeDef = result.Outputs.Structure.ToString(),
            ShapeKey = result.ShapeKey,
        };

    public static Failure Failed(EngineException error) => new(ErrorCodes.Text(error.Code), error.Message);

    private static Dictionary<string, PyTree<IArgumentLeaf>>? Arguments(
        IReadOnlyDictionary<string, GoldenTree>? trees
    ) => trees?.ToDictionary(item => item.Key, item => EngineTree.Arguments(item.Value));

    private static NondiffOption? Nondiff(RegistrationSpec registration) =>
        registration.NondiffArgnums is { } argnums ? NondiffReader.Argnums(Element(argnums))
        : registration.NondiffMask is { } mask ? NondiffReader.Mask(Element(mask))
        : null;

    private static JsonElement Element(JsonNode node) => JsonSerializer.SerializeToElement(node);
}
