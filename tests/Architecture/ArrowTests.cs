using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Torch2Jax.Architecture;

/// <summary>Nothing lower knows anything above it (docs/architecture.md has the picture).</summary>
public sealed partial class ArrowTests
{
    // What each namespace of Engine may use of Engine. A new namespace must be given its place here.
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Errors"] = [],
        ["Arrays"] = ["Errors"],
        ["Trees"] = ["Errors", "Arrays"],
        ["Encoding"] = ["Errors", "Arrays", "Trees"],
        ["Stored"] = ["Errors", "Arrays", "Trees", "Encoding"],
        ["Native"] = ["Errors", "Arrays"],
        ["Torch"] = ["Errors", "Arrays", "Trees", "Native"],
        ["Isolation"] = ["Errors", "Arrays", "Trees", "Native", "Torch"],
        ["Sharding"] = ["Errors", "Arrays", "Trees", "Torch"],
        ["Memory"] = ["Errors", "Arrays", "Torch", "Sharding"],
        ["Transforms"] = ["Errors", "Arrays", "Trees", "Encoding", "Torch", "Sharding"],
        ["Functions"] =
        [
            "Errors",
            "Arrays",
            "Trees",
            "Encoding",
            "Stored",
            "Torch",
            "Sharding",
            "Transforms",
            "Memory",
        ],
        ["Batches"] = ["Errors", "Arrays", "Trees", "Encoding", "Stored", "Torch", "Transforms", "Functions"],
    };

    private static readonly Dictionary<string, string[]> ProjectsAllowed = new()
    {
        ["Torch2Jax.Engine"] = [],
        ["Torch2Jax.Registry"] = ["Torch2Jax.Engine"],
        ["Torch2Jax.WebApi"] = ["Torch2Jax.Engine", "Torch2Jax.Registry", "Torch2Jax.TorchSharp"],
        ["Torch2Jax.Tool"] = ["Torch2Jax.Client"],
        // Started as a process, and built before it.
        ["Torch2Jax.MSBuild"] = ["Torch2Jax.Tool"],
        ["Torch2Jax.Client"] = ["Torch2Jax.Engine", "Torch2Jax.Registry", "Torch2Jax.TorchSharp"],
        // Another implementation of the seam, where a build asks for it.
        ["Torch2Jax.TorchSharp"] = ["Torch2Jax.Engine"],
        ["Torch2Jax.PsModule"] = ["Torch2Jax.Engine", "Torch2Jax.Client"],
    };

    [Fact]
    public void Compiled_namespaces_of_Engine_use_only_what_lies_below_them()
    {
        var upward = new List<string>();
        foreach (var (user, used) in AssemblyReferences.Read(AssemblyPath("Torch2Jax.Engine")))
        {
            var ours = used.Where(name => name.StartsWith("Torch2Jax.", StringComparison.Ordinal) && name != user);
            upward.AddRange(ours.Where(name => !MayUse(Part(user), Part(name))).Select(name => $"{user} uses {name}"));
        }

        Assert.Empty(upward);
    }

    [Fact]
    public void Files_of_Engine_name_only_what_lies_below_them_and_live_in_their_namespaces_folder()
    {
        var wrong = new List<string>();
        foreach (var file in Repository.Files("src/Engine", ".cs").Where(file => file.Split('/').Length > 3))
        {
            var folder = file.Split('/')[2];
            var text = Repository.Read(file);
            if (Namespaces().Match(text) is { Success: true } own && own.Groups[1].Value != folder)
            {
                wrong.Add($"{file} declares Torch2Jax.{own.Groups[1].Value}");
            }

            var used = Usings().Matches(text).Select(match => match.Groups[1].Value).Where(name => name != folder);
            wrong.AddRange(used.Where(name => !MayUse(folder, name)).Select(name => $"{file} uses Torch2Jax.{name}"));
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public void Projects_under_src_reference_only_what_lies_below_them()
    {
        foreach (var file in Repository.Files("src", ".csproj"))
        {
            var project = Path.GetFileNameWithoutExtension(file);
            Assert.True(ProjectsAllowed.ContainsKey(project), $"{file} has no place in {nameof(ProjectsAllowed)} yet");
            var references = XDocument
                .Parse(Repository.Read(file))
                .Descendants("ProjectReference")
                .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value));
            Assert.Empty(references.Except(ProjectsAllowed[project]));
        }
    }

    [Fact]
    public void Engine_knows_no_transport_and_no_database()
    {
        var used = AssemblyReferences.Read(AssemblyPath("Torch2Jax.Engine")).Values.SelectMany(names => names);
        Assert.DoesNotContain(used, name => name.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal));
        Assert.DoesNotContain(used, name => name.StartsWith("Npgsql", StringComparison.Ordinal));
        Assert.DoesNotContain(used, name => name.StartsWith("System.Net.Http", StringComparison.Ordinal));
    }

    [Fact]
    public void Registry_knows_the_functions_it_stores_and_nothing_of_how_they_run()
    {
        var used = AssemblyReferences.Read(AssemblyPath("Torch2Jax.Registry")).Values.SelectMany(names => names);
        var engine = used.Where(name => name.StartsWith("Torch2Jax.", StringComparison.Ordinal)).Distinct();
        var others = engine
            .Where(name => Part(name) is not ("Registry" or "Functions" or "Stored" or "Batches" or "Errors"))
            .ToList();
        Assert.Empty(others);
    }

    [Fact]
    public void No_type_of_the_native_namespace_is_public() =>
        Assert.DoesNotContain(
            typeof(Errors.ErrorCode).Assembly.GetExportedTypes(),
            type => type.Namespace == "Torch2Jax.Native"
        );

    private static bool MayUse(string user, string used) =>
        Allowed.TryGetValue(user, out var allowed) && allowed.Contains(used);

    private static string Part(string name) => name.Split('.') is { Length: > 1 } parts ? parts[1] : name;

    private static string AssemblyPath(string name) => Path.Combine(AppContext.BaseDirectory, name + ".dll");

    [GeneratedRegex(@"^namespace Torch2Jax\.(\w+)", RegexOptions.Multiline)]
    private static partial Regex Namespaces();

    [GeneratedRegex(@"^using (?:static )?(?:\w+ = )?Torch2Jax\.(\w+)", RegexOptions.Multiline)]
    private static partial Regex Usings();
}
