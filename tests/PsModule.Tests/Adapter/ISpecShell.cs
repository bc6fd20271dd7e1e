namespace Torch2Jax.PsModule.Tests.Adapter;

/// <summary>A PowerShell with Pester.</summary>
internal interface ISpecShell
{
    /// <summary>Runs all specifications, or only finds them.</summary>
    IReadOnlyList<SpecResult> Run(string specs, bool discoverOnly, IReadOnlyDictionary<string, string> environment);
}
