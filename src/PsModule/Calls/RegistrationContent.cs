using System.Management.Automation;
using System.Text;
using Torch2Jax.Functions;
using Torch2Jax.PsModule.Cmdlets;
using Torch2Jax.PsModule.Errors;
using Torch2Jax.PsModule.Files;
using Torch2Jax.PsModule.Values;

namespace Torch2Jax.PsModule.Calls;

/// <summary>What is to be registered: a source or the bytes of an archive.</summary>
internal sealed record RegistrationContent(string? Source, byte[]? Archive)
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    public static RegistrationContent OfFile(string path)
    {
        var name = Path.GetFileName(path);
        try
        {
            var bytes = File.ReadAllBytes(path);
            return Path.GetExtension(path).ToLowerInvariant() is ".pt" or ".pth"
                ? new RegistrationContent(null, bytes)
                : new RegistrationContent(StrictUtf8.GetString(bytes).TrimStart('\uFEFF'), null);
        }
        catch (DecoderFallbackException error)
        {
            throw new ModuleException(
                "FileNotUnderstood",
                ErrorCategory.InvalidData,
                $"{name} is no text in UTF-8.",
                "Give a file of source, or an archive with the extension .pt.",
                error
            );
        }
        catch (Exception error) when (FileFailure.Is(error))
        {
            throw FileFailure.Of(error, path);
        }
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
            given.Description
        );
    }
}
