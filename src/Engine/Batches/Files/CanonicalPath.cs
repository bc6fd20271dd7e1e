using Torch2Jax.Errors;

namespace Torch2Jax.Batches;

/// <summary>A path with every symbolic link followed, also where its last parts do not exist yet.</summary>
internal static class CanonicalPath
{
    // As many as the kernel follows.
    private const int MaxLinks = 40;

    /// <summary>Follows the links of a full path.</summary>
    public static string Of(string full)
    {
        var pending = new Stack<string>(Parts(full).Reverse());
        var done = "";
        var links = 0;
        while (pending.TryPop(out var part))
        {
            if (part == "..")
            {
                done = done.LastIndexOf('/') is var slash and >= 0 ? done[..slash] : "";
                continue;
            }

            var path = $"{done}/{part}";
            if (new FileInfo(path).LinkTarget is not { } target)
            {
                done = path;
                continue;
            }

            if (++links > MaxLinks)
            {
                throw new EngineException(ErrorCode.Forbidden, "The path has too many symbolic links.");
            }

            if (target.StartsWith('/'))
            {
                done = "";
            }

            foreach (var next in Parts(target).Reverse())
            {
                pending.Push(next);
            }
        }

        return done.Length == 0 ? "/" : done;
    }

    private static IEnumerable<string> Parts(string path) =>
        path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part != ".");
}
