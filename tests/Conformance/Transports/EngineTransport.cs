using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Torch2Jax.Arrays;
using Torch2Jax.Conformance.Goldens;
using Torch2Jax.Errors;
using Torch2Jax.Functions;
using Torch2Jax.Sharding;
using Torch2Jax.Transforms;
using Torch2Jax.Trees;

namespace Torch2Jax.Conformance.Transports;

/// <summary>The engine in this process, as a C# program uses it.</summary>
internal sealed class EngineTransport(FunctionService service) : ITransport
{
    public IReadOnlyList<string> Encodings { get; } = ["json"];

    public async Task<Failure?> RegisterAsync(RegistrationSpec registration)
    {
        try
        {
            await service.RegisterAsync(
                new RegistrationRequest(
                    registration.Name,
                    registration.Source,
                    Entry: registration.Entry,
                    ExampleArgs: registration.ExampleArgs?.Select(EngineTree.Arguments).ToList(),
                    ExampleKwargs: Arguments(registration.ExampleKwargs),
                    OutputShapes: registration.OutputShapes is { } shapes ? EngineTree.OutputShapes(shapes) : null,
                    Nondiff: Nondiff(registration)
                ),
                CancellationToken.None
            );
            return null;
        }
        catch (EngineException error)
        {
            return Failed(error);
        }
    }

    public async Task<CallAnswer> InvokeAsync(string function, CallSpec call)
    {
        try
        {
            var jax = await service.GetAsync(function, CancellationToken.None);
            using var result = jax.Invoke(Invocation(call));
            return new CallAnswer(null as Failure)
            {
                Outputs = EngineTree.Read(result.Outputs),
                TreeDef = result.Outputs.Structure.ToString(),
                ShapeKey = result.ShapeKey,
                Cache = result.Cache.ToString().ToLowerInvariant(),
                Warnings = result.Warnings,
            };
        }
        catch (EngineException error)
        {
            return new CallAnswer(Failed(error));
        }
    }

    public async Task<CallAnswer> EvalShapeAsync(string function, CallSpec call)
    {
        try
        {
            var jax = await service.GetAsync(function, CancellationToken.None);
            var result = jax.EvalShape(Invocation(call));
            return new CallAnswer(null as Failure)
            {
                Outputs = EngineTree.Read(result.Outputs),
                TreeDef = result.Outputs.Structure.ToString(),
                ShapeKey = result.ShapeKey,
            };
        }
        catch (EngineException error)
        {
            return new CallAnswer(Failed(error));
        }
    }

    private static Invocation Invocation(CallSpec call) =>
        new(
            [.. call.Args.Select(EngineTree.Arguments)],
            Arguments(call.Kwargs),
            call.Transforms is null ? null : TransformReader.Read(Element(call.Transforms)),
            call.OutputShapes is { } shapes ? EngineTree.OutputShapes(shapes) : null,
            call.Sharding is null ? null : ShardingReader.Read(Element(call.Sharding))
        );

    private static Dictionary<string, PyTree<IArgumentLeaf>>? Arguments(
        IReadOnlyDictionary<string, GoldenTree>? trees
    ) => trees?.ToDictionary(item => item.Key, item => EngineTree.Arguments(item.Value));

    private static NondiffOption? Nondiff(RegistrationSpec registration) =>
        registration.NondiffArgnums is { } argnums ? NondiffReader.Argnums(Element(argnums))
        : registration.NondiffMask is { } mask ? NondiffReader.Mask(Element(mask))
        : null;

    private static JsonElement Element(JsonNode node) => JsonSerializer.SerializeToElement(node);

    private static Failure Failed(EngineException error) => new(SnakeCase(error.Code), error.Message);

    private static string SnakeCase(ErrorCode code)
    {
        var text = new StringBuilder();
        foreach (var c in code.ToString())
        {
            text.Append(char.IsUpper(c) && text.Length > 0 ? "_" : "").Append(char.ToLowerInvariant(c));
        }

        return text.ToString();
    }
}
