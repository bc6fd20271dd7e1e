using System.Reflection;

namespace Torch2Jax.Client;

/// <summary>The version of this library.</summary>
internal static class ClientVersion
{
    public static string Text { get; } =
        typeof(ClientVersion)
            .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!
            .InformationalVersion.Split('+')[0];
}
