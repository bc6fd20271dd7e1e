using Torch2Jax.PsModule.Tests.Adapter;
using Xunit.Abstractions;

namespace Torch2Jax.PsModule.Tests;

/// <summary>Every test of every *.Tests.ps1 file under Specs, run by Pester in one shell.</summary>
[Collection("specs")]
public sealed class SpecTests(ITestOutputHelper output)
{
    public static TheoryData<SpecName> Tests() => [.. SpecCatalog.Find().Select(test => new SpecName(test))];

    [SkippableTheory]
    [MemberData(nameof(Tests))]
    public void Spec(SpecName test)
    {
        Skip.If(SpecCatalog.SkipReason.Length > 0, SpecCatalog.SkipReason);
        var result = SpecCatalog.Result(test.Text);
        Assert.True(result is not null, "Pester found this test, but reported no result of it.");
        output.WriteLine($"{result.File}:{result.Line} {result.Name}");
        Skip.If(result.Result == "Skipped", result.Message.Split('\n')[0]);
        Assert.True(result.Result == "Passed", $"{result.Result} at {result.File}:{result.Line}\n{result.Message}");
    }

    [SkippableFact]
    public void Every_file_can_be_read_and_set_up()
    {
        Skip.If(SpecCatalog.SkipReason.Length > 0, SpecCatalog.SkipReason);
        Assert.Empty(SpecCatalog.Broken().Select(result => $"{result.File}: {result.Message}"));
    }

    [SkippableFact]
    public void What_the_texts_show_is_what_Pester_finds()
    {
        Skip.If(SpecCatalog.SkipReason.Length > 0, SpecCatalog.SkipReason);
        foreach (var file in Directory.EnumerateFiles(Support.Layout.Specs, "*.Tests.ps1"))
        {
            var name = Path.GetFileName(file);
            var read = SpecText.Find(File.ReadAllText(file)).Select(test => $"{name}: {test.Path}").Order();
            var found = SpecCatalog
                .Find()
                .Where(test => test.StartsWith($"{name}: ", StringComparison.Ordinal))
                .Select(test => test.Split(" #")[0])
                .Distinct()
                .Order();
            Assert.Equal(found, read);
        }
    }
}
