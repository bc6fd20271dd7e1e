using Torch2Jax.Registry.Embedded;

namespace Torch2Jax.WebApi.Tests.Support;

/// <summary>A folder for a private PostgreSQL of one test: short, since a socket's path is limited, and open to pass through.</summary>
internal sealed class ShortFolder : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("t2jw-");

    public ShortFolder() => File.SetUnixFileMode(Path, (UnixFileMode)0b111_001_001);

    public string Path => folder.FullName;

    public void Dispose()
    {
        EmbeddedPostgres.StopAsync(Path, CancellationToken.None).GetAwaiter().GetResult();
        folder.Delete(recursive: true);
    }
}
