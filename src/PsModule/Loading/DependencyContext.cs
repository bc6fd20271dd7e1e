using System.Reflection;
using System.Runtime.Loader;

namespace Torch2Jax.PsModule.Loading;

/// <summary>
/// Everything beneath the cmdlets is loaded from the module's own folder <c>dependencies</c>, apart from what the shell and
/// other modules have loaded: their Npgsql and Microsoft.Extensions.* are of other versions.
/// </summary>
internal sealed class DependencyContext : AssemblyLoadContext
{
    private const string Prefix = "Torch2Jax.";
    private readonly string folder;

    private DependencyContext(string folder)
        : base("Torch2Jax") => this.folder = folder;

    /// <summary>The context of this process, or null where the assemblies lie beside this one (a test, a program).</summary>
    public static DependencyContext? Create()
    {
        var beside = Path.GetDirectoryName(typeof(DependencyContext).Assembly.Location);
        var folder = Path.Combine(beside ?? "", "dependencies");
        return Directory.Exists(folder) ? new DependencyContext(folder) : null;
    }

    /// <summary>What the default context does not find: ours comes from here, all else is not our business.</summary>
    public Assembly? Resolve(AssemblyLoadContext asking, AssemblyName name) =>
        name.Name?.StartsWith(Prefix, StringComparison.Ordinal) == true ? Load(name) : null;

    /// <inheritdoc/>
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        var path = Path.Combine(folder, $"{assemblyName.Name}.dll");
        return File.Exists(path) ? LoadFromAssemblyPath(path) : null;
    }
}
