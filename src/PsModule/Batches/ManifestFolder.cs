using System.Management.Automation;
using Torch2Jax.Client;

namespace Torch2Jax.PsModule.Batches;

/// <summary>The folder that a manifest's paths start from.</summary>
internal static class ManifestFolder
{
    /// <summary>Of this machine in this process; of a service's machine in a service, where none is its first root.</summary>
    public static string? Of(PSCmdlet cmdlet, IFunctionSession session, string? given, string itsOwn) =>
        session.Info.Kind == SessionKind.Remote ? given
        : given is null ? itsOwn
        : cmdlet.GetUnresolvedProviderPathFromPSPath(given);
}
