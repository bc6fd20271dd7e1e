using System.Text.Json.Nodes;
using Torch2Jax.Conformance.Goldens;

namespace Torch2Jax.Conformance.Transports;

/// <summary>A way into the product. Every case runs through each of them, and each must give the same.</summary>
internal interface ITransport
{
    /// <summary>Encodings that an answer can be asked for in; one where the transport hands over arrays.</summary>
    IReadOnlyList<string> Encodings { get; }

    Task<Failure?> RegisterAsync(RegistrationSpec registration);

    Task<CallAnswer> InvokeAsync(string function, CallSpec call);

    /// <summary>The same call with shapes alone.</summary>
    Task<CallAnswer> EvalShapeAsync(string function, CallSpec call);
}

internal sealed record RegistrationSpec(string Name, string Source, string? Entry)
{
    public IReadOnlyList<GoldenTree>? ExampleArgs { get; init; }

    public IReadOnlyDictionary<string, GoldenTree>? ExampleKwargs { get; init; }

    public GoldenTree? OutputShapes { get; init; }

    public JsonNode? NondiffArgnums { get; init; }

    public JsonNode? NondiffMask { get; init; }
}

internal sealed record CallSpec(IReadOnlyList<GoldenTree> Args)
{
    public IReadOnlyDictionary<string, GoldenTree>? Kwargs { get; init; }

    /// <summary>The contract's list of transforms.</summary>
    public JsonNode? Transforms { get; init; }

    public GoldenTree? OutputShapes { get; init; }

    public JsonNode? Sharding { get; init; }

    public string? Encoding { get; init; }

    public string? Device { get; init; }
}

internal sealed record Failure(string Code, string Detail)
{
    public override string ToString() => $"{Code}: {Detail}";
}

internal sealed record CallAnswer(Failure? Failure)
{
    public GoldenTree? Outputs { get; init; }

    public string TreeDef { get; init; } = "";

    public string ShapeKey { get; init; } = "";

    public string Cache { get; init; } = "";

    public IReadOnlyList<string> Warnings { get; init; } = [];
}
