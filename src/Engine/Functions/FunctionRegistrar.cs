using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Errors;
using Torch2Jax.Transforms;
using Torch2Jax.Trees;

namespace Torch2Jax.Functions;

/// <summary>Registers functions: compile, fit the example, find its output shapes, store.</summary>
internal sealed class FunctionRegistrar(FunctionLoader loader, FunctionRuntime runtime)
{
    public async Task<Registration> RegisterAsync(RegistrationRequest request, CancellationToken cancellationToken)
    {
        Check(request);
        var isolation = request.Isolation ?? FunctionIsolation.None;
        var code = CompiledCode.Compile(
            runtime.BackendOf(isolation),
            ContentOf(request, ""),
            runtime.Options.MaxProgramsPerFunction
        );
        try
        {
            var content = ContentOf(request, code.Schema.Entry);
            var definition = FunctionDefinition.Of(code.Schema, content);
            var inferred = definition.OutputShapes is { } given
                ? new InferredExample(given, null)
                : new ExampleInference(definition, runtime).Infer(request, code);
            var details = new FunctionDetails(
                code.Schema.ToString(),
                definition.Expected?.InTree.ToString(),
                definition.Expected?.ShapeKey,
                inferred.Outputs is { } outputs ? TreeJson.ToJson(outputs) : null,
                inferred.Warning is { } warning ? [warning] : [],
                request.Description,
                isolation
            );
            var saved = await runtime
                .Registry.SaveAsync(request.Name, content, details, cancellationToken)
                .ConfigureAwait(false);

            // It is stored: from here on nothing stops it half-way.
            await loader
                .AddAsync(saved.Version, definition, code, isLatest: true, saved.Created, CancellationToken.None)
                .ConfigureAwait(false);
            runtime.Log.Registered($"{request.Name}@{saved.Version.Version}", saved.Version.Sha256, saved.Created);
            return new Registration(saved.Version, saved.Created);
        }
        catch
        {
            code.Dispose();
            throw;
        }
    }

    private static void Check(RegistrationRequest request)
    {
        FunctionReference.CheckName(request.Name);
        TextCheck.Check(request.Source, "source");
        TextCheck.Check(request.Entry, "entry");
        TextCheck.Check(request.Description, "description");
        if (request.Source is null == request.Archive is null)
        {
            throw new EngineException(
                ErrorCode.MalformedRequest,
                "A function is either a source or an archive: give one of them.",
                "source"
            );
        }

        if (request.VmapMethod is { } method)
        {
            VmapMethods.Require(method, "vmapMethod");
        }

        foreach (var tree in (request.ExampleArgs ?? []).Concat(request.ExampleKwargs?.Values ?? []))
        {
            foreach (var key in tree.Structure.KeyPaths())
            {
                TextCheck.Check(key, "exampleArgs");
            }

            foreach (var leaf in tree.Leaves)
            {
                TextCheck.Check((leaf as StaticValue)?.Value as string, "exampleArgs");
            }
        }
    }

    // The entry is part of the content: where it was left out, the compiled function says what it is.
    private static FunctionContent ContentOf(RegistrationRequest request, string foundEntry)
    {
        var entry = request.Entry ?? (request.Archive is null ? foundEntry : "forward");
        var hasExample = request.ExampleArgs is not null || request.ExampleKwargs is not null;
        var leaves = (request.ExampleArgs ?? [])
            .Concat(request.ExampleKwargs?.Values ?? [])
            .SelectMany(tree => tree.Leaves);
        return new FunctionContent(
            request.Source,
            request.Archive,
            entry,
            request.Archive is not null && request.Functional,
            hasExample ? ExampleText.Write(request.ExampleArgs ?? []) : null,
            request.ExampleKwargs is { } kwargs ? ExampleText.Write(kwargs) : null,
            request.OutputShapes is { } given ? TreeJson.ToJson(OutputShapeGuess.Resolve(given, leaves)) : null,
            request.VmapMethod ?? VmapMethods.Sequential,
            NondiffText.Write(request.Nondiff)
        );
    }
}
