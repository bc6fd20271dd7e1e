namespace Torch2Jax.Registry.Embedded;

/// <summary>Folders that only their owner may enter.</summary>
internal static class PrivateFolder
{
    public static void Make(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new RegistrySetupException(
                "The private database runs on Linux; name an existing server in TORCH2JAX_DATABASE."
            );
        }
        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
