using Torch2Jax.Torch;

namespace Torch2Jax.Functions;

/// <summary>A function as the backend compiled it, with its programs.</summary>
internal sealed class CompiledCode(ICompiledFunction function, int maxPrograms) : SharedResource, IDisposable
{
    /// <summary>Its signature.</summary>
    public FunctionSchema Schema { get; } = function.Schema;

    /// <summary>Its programs.</summary>
    public ProgramCache Programs { get; } = new(function, maxPrograms);

    /// <summary>Compiles the content of a version, or loads its archive; forbidden operators are looked for again.</summary>
    public static CompiledCode Compile(ITorchBackend backend, FunctionContent content, int maxPrograms)
    {
        var function = content.Archive is { } archive
            ? backend.LoadArchive(archive.Span, content.Entry, content.Functional)
            : backend.Compile(content.Source ?? "", content.Entry.Length == 0 ? null : content.Entry);
        return new CompiledCode(function, maxPrograms);
    }

    /// <summary>Ends one use.</summary>
    public void Dispose() => Release();

    /// <inheritdoc/>
    protected override void Free()
    {
        Programs.Clear();
        function.Dispose();
    }
}
