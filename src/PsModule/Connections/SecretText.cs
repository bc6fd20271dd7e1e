using System.Management.Automation;
using System.Net;
using System.Security;

namespace Torch2Jax.PsModule.Connections;

/// <summary>Takes a text where a secure string belongs, since keys often come from an environment variable.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class SecretTextAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        (inputData is PSObject wrapped ? wrapped.BaseObject : inputData) is string text
            ? new NetworkCredential("", text).SecurePassword
            : inputData;
}

/// <summary>Secure strings as texts.</summary>
internal static class SecretText
{
    public static string Read(SecureString secret) => new NetworkCredential("", secret).Password;
}
