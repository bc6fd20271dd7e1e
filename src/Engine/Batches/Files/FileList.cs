using Microsoft.Extensions.FileSystemGlobbing;
using Microsoft.Extensions.FileSystemGlobbing.Abstractions;
using Torch2Jax.Errors;

namespace Torch2Jax.Batches;

/// <summary>The files that a pattern names, in the order of their paths.</summary>
internal static class FileList
{
    // A path is a line in the database's text, and more files than this are no list for people any more.
    private const int MaxFiles = 1_000_000;

    /// <summary>Expands a pattern.</summary>
    /// <exception cref="EngineException">MalformedRequest where nothing matches; Forbidden where a file is in no root.</exception>
    public static IReadOnlyList<string> Expand(string pattern, BatchFolder folder, string place)
    {
        var (root, rest) = Split(pattern, folder, place);
        if (!rest.Contains('*', StringComparison.Ordinal) && !rest.Contains('?', StringComparison.Ordinal))
        {
            var single = folder.Resolve(pattern, place);
            return File.Exists(single) ? [single] : throw ManifestObject.Error("There is no such file.", place);
        }

        if (!Directory.Exists(root))
        {
            throw ManifestObject.Error("The folder that the pattern begins with does not exist.", place);
        }

        var matcher = new Matcher(StringComparison.Ordinal).AddInclude(rest);
        string[] files =
        [
            .. matcher
                .Execute(new DirectoryInfoWrapper(new DirectoryInfo(root)))
                .Files.Select(match => Path.Combine(root, match.Path))
                // Temporary files of a batch that writes beside its inputs.
                .Where(file => !Path.GetFileName(file).StartsWith('.'))
                .Order(StringComparer.Ordinal),
        ];
        Check(files, place);
        foreach (var file in files)
        {
            folder.Resolve(file, place);
        }

        return files;
    }

    /// <summary>The folder before the first part with a wildcard, and what comes after it.</summary>
    private static (string Root, string Below) Split(string pattern, BatchFolder folder, string place)
    {
        var parts = pattern.Split('/');
        var first = Array.FindIndex(parts, part => part.AsSpan().IndexOfAny('*', '?') >= 0);
        if (first < 0)
        {
            first = parts.Length - 1;
        }

        var root = string.Join('/', parts[..first]);
        if (pattern.StartsWith('/') && root.Length == 0)
        {
            root = "/";
        }

        return (root.Length == 0 ? folder.Path : folder.Resolve(root, place), string.Join('/', parts[first..]));
    }

    private static void Check(string[] files, string place)
    {
        if (files.Length == 0)
        {
            throw ManifestObject.Error("No file matches the pattern.", place);
        }

        if (files.Length > MaxFiles)
        {
            throw new EngineException(
                ErrorCode.PayloadTooLarge,
                $"{files.Length} files match; a batch has at most {MaxFiles}.",
                place
            );
        }

        if (files.Any(file => file.Contains('\n', StringComparison.Ordinal)))
        {
            throw ManifestObject.Error("A file's name holds a line break.", place);
        }
    }
}
