using System.Text.RegularExpressions;
using Torch2Jax.Errors;

namespace Torch2Jax.Architecture;

/// <summary>What the files themselves must hold.</summary>
public sealed partial class FileTests
{
    private const int MostLines = 350;

    private static readonly string[] Folders = ["src", "tests", "bench", "scripts", "samples", "db", "docs"];
    private static readonly string[] Code = [".cs", ".cpp", ".h", ".py", ".sh", ".ps1", ".sql", ".ts"];

    [Fact]
    public void No_file_is_longer_than_350_lines()
    {
        var files = Folders.SelectMany(folder => Repository.Files(folder, Code));
        var tooLong = files.Where(file => Repository.Read(file).AsSpan().Count('\n') > MostLines).ToList();
        Assert.Empty(tooLong);
    }

    [Fact]
    public void No_file_names_a_place_of_the_machine_it_was_written_on()
    {
        // Put together from pieces, so that this file is not what it looks for.
        var places = new Regex("/(" + "work|farm" + ")/|[.]" + "library/|opt/" + "nuget");
        string[] text = [.. Code, ".md", ".json", ".yaml", ".yml", ".csproj", ".props", ".targets", ".txt", ".cmake"];
        var files = Folders.SelectMany(folder => Repository.Files(folder, text)).Append("README.md");
        var found = files.Where(file => places.IsMatch(Repository.Read(file))).ToList();
        Assert.Empty(found);
    }

    [Fact]
    public void Nothing_is_left_unfinished()
    {
        var marks = new Regex("TO" + "DO|FIX" + "ME|NotImplemented" + "Exception|#if " + "false");
        var files = Folders.SelectMany(folder => Repository.Files(folder, Code));
        var found = files.Where(file => marks.IsMatch(Repository.Read(file))).ToList();
        Assert.Empty(found);
    }

    [Fact]
    public void Every_error_code_has_its_heading_in_the_errors_page()
    {
        var headings = Headings().Matches(Repository.Read("docs/errors.md")).Select(match => match.Groups[1].Value);
        var ofService = CodesOfService().Matches(Repository.Read("src/WebApi/Problems/ErrorTable.cs"));
        var codes = Enum.GetNames<ErrorCode>()
            .Select(SnakeCase)
            .Union(ofService.Select(match => match.Groups[1].Value));
        Assert.Empty(codes.Except(headings));
    }

    [Fact]
    public void Every_link_between_pages_leads_to_a_file()
    {
        string[] pages = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", .. Repository.Files("docs", ".md")];
        var broken = new List<string>();
        foreach (var page in pages)
        {
            var folder = Path.GetDirectoryName(page)!;
            foreach (Match link in Links().Matches(Repository.Read(page)))
            {
                var target = link.Groups[1].Value;
                if (
                    !target.Contains(':', StringComparison.Ordinal)
                    && !Path.Exists(Path.Combine(Repository.Root, folder, target))
                )
                {
                    broken.Add($"{page}: {target}");
                }
            }
        }

        Assert.Empty(broken);
    }

    private static string SnakeCase(string name) =>
        string.Concat(
            name.Select((c, i) => char.IsUpper(c) ? (i > 0 ? "_" : "") + char.ToLowerInvariant(c) : c.ToString())
        );

    [GeneratedRegex("^#+ ([a-z_]+)$", RegexOptions.Multiline)]
    private static partial Regex Headings();

    [GeneratedRegex(@"new\(\s*\d+,\s*""([a-z_]+)""")]
    private static partial Regex CodesOfService();

    [GeneratedRegex(@"\]\(([^)#\s]+)[^)]*\)")]
    private static partial Regex Links();
}
