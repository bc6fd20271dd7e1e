using System.Globalization;

namespace Torch2Jax.WebApi.Tests.Support;

/// <summary>What the environment says about how long, and of what kind, a test is.</summary>
internal static class Setting
{
    public static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number)
            ? number
            : otherwise;
}
