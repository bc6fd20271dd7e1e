using Torch2Jax.Errors;

namespace Torch2Jax.Batches;

/// <summary>
/// The folder that a manifest's paths start from. Where roots are named, every path must lie inside one of them after all
/// symbolic links are followed: whoever writes a manifest then reaches nothing else.
/// </summary>
public sealed class BatchFolder
{
    private readonly string[]? roots;

    /// <summary>Names a folder.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="roots">The folders that may be reached; null for every one that the process may.</param>
    /// <exception cref="EngineException">Forbidden where it is in no root; MalformedRequest where it does not exist.</exception>
    public BatchFolder(string path, IReadOnlyList<string>? roots = null)
    {
        this.roots = roots?.Select(root => CanonicalPath.Of(System.IO.Path.GetFullPath(root))).ToArray();
        Path = System.IO.Path.GetFullPath(path);
        Require(Path, "folder");
        if (!Directory.Exists(Path))
        {
            throw ManifestObject.Error("The manifest's folder does not exist.", "folder");
        }
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The full path of a manifest's path.</summary>
    /// <exception cref="EngineException">Forbidden where it leads out of the roots; MalformedRequest where it is no path.</exception>
    public string Resolve(string path, string place)
    {
        if (path.Contains('\0', StringComparison.Ordinal) || path.EndsWith('/'))
        {
            throw ManifestObject.Error("This is no path of a file.", place);
        }

        var full = System.IO.Path.GetFullPath(path, Path);
        Require(full, place);
        return full;
    }

    private void Require(string full, string place)
    {
        if (roots is null)
        {
            return;
        }

        var canonical = CanonicalPath.Of(full);
        if (!roots.Any(root => canonical == root || canonical.StartsWith(root + "/", StringComparison.Ordinal)))
        {
            throw new EngineException(
                ErrorCode.Forbidden,
                "The path leads out of the folders that batches may use (Batches:Roots).",
                place
            );
        }
    }
}
