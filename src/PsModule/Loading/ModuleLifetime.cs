using System.Management.Automation;
using System.Runtime.Loader;
using Torch2Jax.PsModule.Connections;

namespace Torch2Jax.PsModule.Loading;

/// <summary>
/// What Import-Module and Remove-Module call. The load context is the process's, so it stays when one runspace removes the
/// module; a runspace's connection goes with the module.
/// </summary>
public sealed class ModuleLifetime : IModuleAssemblyInitializer, IModuleAssemblyCleanup
{
    private static readonly Lock Gate = new();
    private static bool resolving;

    /// <inheritdoc/>
    public void OnImport()
    {
        lock (Gate)
        {
            if (!resolving && DependencyContext.Create() is { } context)
            {
                AssemblyLoadContext.Default.Resolving += context.Resolve;
            }

            resolving = true;
        }
    }

    /// <inheritdoc/>
    public void OnRemove(PSModuleInfo psModuleInfo) => ConnectionTable.Instance.CloseOfThisRunspace();
}
