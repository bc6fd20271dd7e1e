using Torch2Jax.Registry.Embedded;

namespace Torch2Jax.PsModule.Tests.Support;

/// <summary>A folder with a private PostgreSQL of its own, which ends with it.</summary>
public sealed class DataFolder : IDisposable
{
    // Short, since the socket's path in it is limited, and open to pass through, since as root the server runs as another user.
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("t2j-");

    public DataFolder() => File.SetUnixFileMode(folder.FullName, (UnixFileMode)0b111_001_001);

    public string Path => folder.FullName;

    public void Dispose()
    {
        EmbeddedPostgres.StopAsync(Path, default).GetAwaiter().GetResult();
        folder.Delete(recursive: true);
    }
}
