using System.Security.Cryptography;

namespace Torch2Jax.Registry.Embedded;

/// <summary>Where the files of a private server are.</summary>
internal sealed record ClusterLayout(string Base)
{
    /// <summary>The server's data directory.</summary>
    public string Cluster => Path.Combine(Base, "postgres");

    /// <summary>Held by the process that makes, starts or stops the server.</summary>
    public string LockFile => Path.Combine(Base, "postgres.lock");

    /// <summary>Begins the names of half-made clusters beside the finished one.</summary>
    public const string UnfinishedPrefix = ".postgres-unfinished-";

    public string LogFile => Path.Combine(Cluster, ClusterFiles.LogName);

    public bool Exists => File.Exists(Path.Combine(Cluster, "PG_VERSION"));

    /// <summary>The folder asked for, TORCH2JAX_DATA, or the user's own data folder (XDG_DATA_HOME is respected).</summary>
    public static ClusterLayout Of(string? dataDirectory)
    {
        var folder = string.IsNullOrEmpty(dataDirectory)
            ? Environment.GetEnvironmentVariable("TORCH2JAX_DATA")
            : dataDirectory;
        if (string.IsNullOrEmpty(folder))
        {
            var home = Environment.GetFolderPath(
                Environment.SpecialFolder.LocalApplicationData,
                Environment.SpecialFolderOption.DoNotVerify
            );
            if (!Path.IsPathRooted(home))
            {
                throw new RegistrySetupException(
                    "This user has no home folder for the private database: name a folder in TORCH2JAX_DATA, or a server "
                        + "in TORCH2JAX_DATABASE."
                );
            }
            folder = Path.Combine(home, "torch2jax");
        }
        return new ClusterLayout(Path.GetFullPath(folder));
    }

    /// <summary>
    /// A short folder for the socket, whose path the kernel limits to 107 bytes however deep the data is. It is not in
    /// XDG_RUNTIME_DIR: that goes when the user logs out, and the server stays.
    /// </summary>
    public string SocketDirectory(string userId)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(Cluster)));
        return $"/tmp/torch2jax-{userId}-{hash[..12]}";
    }
}
