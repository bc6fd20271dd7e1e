using System.Management.Automation;
using System.Management.Automation.Language;
using System.Reflection;
using System.Xml.Linq;
using Torch2Jax.PsModule.Cmdlets;
using Torch2Jax.PsModule.Tests.Support;

namespace Torch2Jax.PsModule.Tests;

/// <summary>What the manifest says against what the assembly has.</summary>
public sealed class ManifestTests
{
    private static readonly Dictionary<string, object> Manifest = Read();

    [Fact]
    public void The_manifest_exports_exactly_the_cmdlets_that_there_are() =>
        Assert.Equal(CmdletTypes.All.Keys.Order(StringComparer.Ordinal), Texts("CmdletsToExport"));

    [Fact]
    public void Nothing_is_exported_by_a_wildcard()
    {
        Assert.Empty(Texts("FunctionsToExport"));
        Assert.Empty(Texts("AliasesToExport"));
        Assert.Empty(Texts("VariablesToExport"));
    }

    [Fact]
    public void The_manifest_has_the_version_of_the_assembly()
    {
        var version = typeof(SessionCmdlet).Assembly.GetName().Version!;
        Assert.Equal(version.ToString(3), Manifest["ModuleVersion"]);
        Assert.Equal("7.6", Manifest["PowerShellVersion"]);
    }

    [Fact]
    public void What_the_manifest_names_lies_beside_it()
    {
        foreach (var file in Texts("FormatsToProcess").Append((string)Manifest["RootModule"]))
        {
            Assert.True(File.Exists(Path.Combine(Layout.Module, file)), file);
        }
    }

    [Fact]
    public void The_native_library_and_every_assembly_lie_in_the_dependencies()
    {
        var names = Directory
            .EnumerateFiles(Path.Combine(Layout.Module, "dependencies"))
            .Select(Path.GetFileName)
            .ToList();
        Assert.Contains("libtorch2jax.so", names);
        Assert.Contains("Torch2Jax.Engine.dll", names);
        Assert.Contains("Npgsql.dll", names);
        Assert.DoesNotContain("System.Management.Automation.dll", names);
    }

    [Fact]
    public void Views_are_of_types_and_properties_that_there_are()
    {
        var format = XDocument.Parse(Layout.Read("src/PsModule/Torch2Jax.Format.ps1xml"));
        foreach (var view in format.Descendants("View"))
        {
            var name = view.Descendants("TypeName").Single().Value;
            var type = AppDomain
                .CurrentDomain.GetAssemblies()
                .Select(assembly => assembly.GetType(name))
                .FirstOrDefault(found => found is not null);
            type ??= Assembly.Load("Torch2Jax.Client").GetType(name) ?? Assembly.Load("Torch2Jax.Engine").GetType(name);
            Assert.True(type is not null, name);
            foreach (var property in view.Descendants("PropertyName"))
            {
                Assert.True(type.GetProperty(property.Value) is not null, $"{name}.{property.Value}");
            }
        }
    }

    [Fact]
    public void Every_verb_is_approved()
    {
        var approved = new[] { typeof(VerbsCommon), typeof(VerbsLifecycle), typeof(VerbsDiagnostic), typeof(VerbsData) }
            .Append(typeof(VerbsCommunications))
            .SelectMany(group => group.GetFields().Select(field => field.Name));
        Assert.Empty(CmdletTypes.All.Keys.Select(name => name.Split('-')[0]).Except(approved));
    }

    private static string[] Texts(string key) => [.. ((object[])Manifest[key]).Cast<string>()];

    private static Dictionary<string, object> Read()
    {
        var text = Layout.Read("src/PsModule/Torch2Jax.psd1");
        var tree = Parser.ParseInput(text, out _, out var errors);
        Assert.Empty(errors);
        var table = (HashtableAst)tree.Find(node => node is HashtableAst, false);
        var values = (System.Collections.Hashtable)table.SafeGetValue();
        return values.Cast<System.Collections.DictionaryEntry>().ToDictionary(e => (string)e.Key, e => e.Value!);
    }
}
