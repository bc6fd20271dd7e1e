using System.Text.Json;
using System.Text.RegularExpressions;

namespace Torch2Jax.MSBuild;

/// <summary>
/// The files that a batch's manifest reads, as far as MSBuild needs them to see what is out of date. What is wrong with a
/// manifest is no concern here: the tool says that, with its place.
/// </summary>
internal sealed class ManifestFiles
{
    private static readonly JsonDocumentOptions Lenient = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        MaxDepth = 128,
    };

    private readonly SortedSet<string> files = new(StringComparer.Ordinal);

    private ManifestFiles() { }

    /// <summary>The function that it names, without a version; null where that cannot be read.</summary>
    public string? Function { get; private set; }

    /// <summary>Files that are there, by their full paths.</summary>
    public IReadOnlyCollection<string> Files => files;

    public static ManifestFiles Read(string path, string folder)
    {
        var read = new ManifestFiles();
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllText(path), Lenient);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                read.Take(document.RootElement, folder);
            }
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            // The tool reads it again and says why.
        }

        return read;
    }

    private void Take(JsonElement manifest, string folder)
    {
        Function = Text(manifest, "function")?.Split('@')[0];
        if (manifest.TryGetProperty("inputs", out var inputs) && inputs.ValueKind == JsonValueKind.Object)
        {
            foreach (var input in inputs.EnumerateObject().Select(property => property.Value))
            {
                if (Text(input, "files") is { } pattern)
                {
                    files.UnionWith(Matching(pattern, folder));
                }
                else if (Text(input, "array") is { } array)
                {
                    Add(array, folder);
                }
            }
        }

        foreach (var name in (string[])["args", "kwargs"])
        {
            if (manifest.TryGetProperty(name, out var arguments))
            {
                Shared(arguments, folder);
            }
        }
    }

    private void Shared(JsonElement tree, string folder)
    {
        switch (tree.ValueKind)
        {
            case JsonValueKind.Array:
                foreach (var item in tree.EnumerateArray())
                {
                    Shared(item, folder);
                }

                break;
            case JsonValueKind.Object when Text(tree, "$file") is { } file:
                Add(file, folder);
                break;
            case JsonValueKind.Object:
                foreach (var property in tree.EnumerateObject())
                {
                    Shared(property.Value, folder);
                }

                break;
        }
    }

    private void Add(string file, string folder)
    {
        var full = Path.GetFullPath(file, folder);
        if (File.Exists(full))
        {
            files.Add(full);
        }
    }

    private static IEnumerable<string> Matching(string pattern, string folder)
    {
        var full = Path.GetFullPath(pattern, folder);
        var wildcard = full.IndexOfAny(['*', '?']);
        if (wildcard < 0)
        {
            return File.Exists(full) ? [full] : [];
        }

        var root = full[..(full.LastIndexOf('/', wildcard) + 1)];
        if (!Directory.Exists(root))
        {
            return [];
        }

        var expression = new Regex(
            "^"
                + Regex
                    .Escape(full)
                    .Replace(@"/\*\*/", "/(?:.*/)?", StringComparison.Ordinal)
                    .Replace(@"\*", "[^/]*", StringComparison.Ordinal)
                    .Replace(@"\?", "[^/]", StringComparison.Ordinal)
                + "$",
            RegexOptions.CultureInvariant
        );
        var depth = full[wildcard..].Contains('/') ? SearchOption.AllDirectories : SearchOption.TopDirectoryOnly;
        return Directory.EnumerateFiles(root, "*", depth).Where(file => expression.IsMatch(file));
    }

    private static string? Text(JsonElement owner, string name) =>
        owner.ValueKind == JsonValueKind.Object
        && owner.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
