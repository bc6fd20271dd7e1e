namespace Torch2Jax.WebApi.Tests.Support;

/// <summary>Finds files of the checkout: a build that maps its paths away (CI's) does not know where its sources are.</summary>
internal static class Repository
{
    public static string Find(string path)
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            var file = Path.Combine(at.FullName, path);
            if (File.Exists(file))
            {
                return file;
            }
        }

        throw new FileNotFoundException($"No {path} above {AppContext.BaseDirectory}.");
    }
}
