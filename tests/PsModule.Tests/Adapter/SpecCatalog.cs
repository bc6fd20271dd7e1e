using Torch2Jax.PsModule.Tests.Support;

namespace Torch2Jax.PsModule.Tests.Adapter;

/// <summary>All tests of the *.Tests.ps1 files, and the one run that gives all their results.</summary>
internal static class SpecCatalog
{
    private static readonly Lazy<(ISpecShell? Shell, string Reason)> Shell = new(() =>
    {
#if POWERSHELL_SDK
        return SdkShell.Find();
#else
        return PwshProcess.Find();
#endif
    });

    private static readonly Lazy<IReadOnlyDictionary<string, SpecResult>> Results = new(() => Keyed(Run(false)));

    /// <summary>Why the tests are skipped; empty where they run.</summary>
    public static string SkipReason =>
        Shell.Value.Shell is null ? $"The Pester tests need PowerShell 7.6 with Pester 5: {Shell.Value.Reason}." : "";

    /// <summary>File and test; found by Pester where there is one, else by their texts.</summary>
    public static IEnumerable<string> Find() =>
        Shell.Value.Shell is null
            ? Directory
                .EnumerateFiles(Layout.Specs, "*.Tests.ps1")
                .Order()
                .SelectMany(file =>
                    SpecText.Find(File.ReadAllText(file)).Select(test => $"{Path.GetFileName(file)}: {test.Path}")
                )
            : Keyed(Run(true)).Keys;

    public static SpecResult? Result(string test) => Results.Value.GetValueOrDefault(test);

    /// <summary>Failures of files as a whole: they hide tests.</summary>
    public static IEnumerable<SpecResult> Broken() =>
        Results.Value.Values.Where(result => result.Path == "(the file itself)");

    private static IReadOnlyList<SpecResult> Run(bool discoverOnly)
    {
        using var data = new DataFolder();
        return Shell.Value.Shell!.Run(
            Layout.Specs,
            discoverOnly,
            new Dictionary<string, string>
            {
                ["T2J_TEST_MODULE"] = Layout.Module,
                ["T2J_TEST_DATA"] = data.Path,
                ["T2J_TEST_ROOT"] = Layout.Root,
                ["T2J_TEST_SERVICE"] = Layout.Service,
            }
        );
    }

    // Tests made of rows of data have one name: they are numbered in their order.
    private static Dictionary<string, SpecResult> Keyed(IEnumerable<SpecResult> results) =>
        results
            .GroupBy(result => $"{result.File}: {result.Path}")
            .SelectMany(same =>
                same.Select((result, i) => KeyValuePair.Create(i == 0 ? same.Key : $"{same.Key} #{i + 1}", result))
            )
            .ToDictionary();
}
