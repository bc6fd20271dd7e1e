using System.Management.Automation;
using Torch2Jax.Client;
using Torch2Jax.Functions;
using Torch2Jax.PsModule.Cmdlets;
using Torch2Jax.PsModule.Errors;
using Torch2Jax.PsModule.Files;
using Torch2Jax.PsModule.Values;

namespace Torch2Jax.PsModule.Calls;

/// <summary>What is to be registered: a source or the bytes of an archive.</summary>
internal sealed record RegistrationContent(string? Source, byte[]? Archive)
{
    public static RegistrationContent OfFile(string path)
    {
        var bytes = FileFailure.Tell(path, File.ReadAllBytes);
        return Path.GetExtension(path).ToLowerInvariant() is ".pt" or ".pth"
            ? new RegistrationContent(null, bytes)
            : new RegistrationContent(Utf8Text.Of(bytes) ?? throw NotText(path), null);
    }

    public RegistrationRequest Request(string name, RegisterTorch2JaxFunction given)
    {
        // An example's arrays go with the request, and nobody knows for how long it reads them.
        var reader = new ValueReader(new ReadValues(shapesOnly: false), allowShapes: true);
        var known = ExpectedArguments.OfSource(Source, given.EntryPoint);
        var returns = Source is null ? null : FunctionTypes.OfSource(Source, given.EntryPoint).Returns;
        return new RegistrationRequest(
            name,
            Source,
            Archive is null ? null : (ReadOnlyMemory<byte>?)Archive,
            given.EntryPoint,
            given.Functional,
            given
                .ExampleArgument?.Select((value, i) => reader.Read(value, known.At(i), $"ExampleArgument[{i}]"))
                .ToList(),
            KeywordValues.Read(given.ExampleKeywordArgument, reader, known),
            OutputShapes.Read(given.OutputShape, Expected.Of(returns, null)),
            given.VmapMethod,
            NondiffValues.Read(given.NondifferentiableArgument),
            given.Description,
            given.Isolation is { } isolation ? Enum.Parse<FunctionIsolation>(isolation, ignoreCase: true) : null
        );
    }

    private static ModuleException NotText(string path) =>
        new(
            "FileNotUnderstood",
            ErrorCategory.InvalidData,
            $"{Path.GetFileName(path)} is no text in UTF-8.",
            "Give a file of source, or an archive with the extension .pt."
        );
}
