using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Functions;
using Torch2Jax.Transforms;
using Torch2Jax.Trees;
using Torch2Jax.WebApi.Bodies;

namespace Torch2Jax.WebApi.Contracts;

/// <summary>The fields of a registration while they are read. It owns the examples' arrays.</summary>
internal sealed class RegistrationBody : IDisposable
{
    private List<PyTree<IArgumentLeaf>>? exampleArgs;
    private NondiffOption? nondiff;

    public string? Name { get; set; }

    public string? Source { get; set; }

    public string? Entry { get; set; }

    public bool Functional { get; set; }

    public Dictionary<string, PyTree<IArgumentLeaf>>? ExampleKwargs { get; set; }

    public PyTree<OutputShapeLeaf>? OutputShapes { get; set; }

    public string? VmapMethod { get; set; }

    public string? Description { get; set; }

    public FunctionIsolation? Isolation { get; set; }

    public void ReadExampleArgs(ref Utf8JsonReader reader, ReadLimits limits)
    {
        // A null means that there are none; an empty array is an example of a function without arguments.
        var peek = reader;
        peek.Read();
        if (peek.TokenType == JsonTokenType.Null)
        {
            reader = peek;
            return;
        }

        exampleArgs = [];
        ArgumentsReader.ReadList(ref reader, "exampleArgs", limits, exampleArgs);
    }

    public void SetNondiff(string field, JsonElement? given)
    {
        if (given is not { } value)
        {
            return;
        }

        if (nondiff is not null)
        {
            throw JsonFields.Malformed("Give nondiffArgnums or nondiffMask, not both.", field);
        }

        nondiff = field == "nondiffMask" ? NondiffReader.Mask(value, field) : NondiffReader.Argnums(value, field);
    }

    public RegistrationRequest ToRequest(FunctionIsolation isolation, ReadOnlyMemory<byte>? archive = null) =>
        new(
            Name!,
            Source,
            archive,
            Entry,
            Functional,
            exampleArgs,
            ExampleKwargs,
            OutputShapes,
            VmapMethod,
            nondiff,
            Description,
            isolation
        );

    public void Dispose()
    {
        if (exampleArgs is not null)
        {
            InvocationBody.Release(exampleArgs);
        }

        if (ExampleKwargs is not null)
        {
            InvocationBody.Release(ExampleKwargs.Values);
        }
    }
}
