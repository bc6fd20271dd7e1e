using System.Globalization;
using Torch2Jax.Errors;
using Torch2Jax.Torch;

namespace Torch2Jax.Functions;

/// <summary>Where a call runs: <c>cpu</c>, <c>cpu:1</c> (a virtual device on the same processor) or <c>cuda:0</c>.</summary>
internal static class DeviceName
{
    /// <summary>The name to give to the backend; <c>cpu</c> where nothing was said.</summary>
    public const string Default = "cpu";

    private const int MaxVirtual = 1024;

    /// <summary>Refuses a device that this machine has not.</summary>
    public static string Check(string? device, ITorchBackend backend)
    {
        if (device is null or Default)
        {
            return Default;
        }

        var kind = KindOf(device);
        var number = kind.Length == device.Length ? "0" : device[(kind.Length + 1)..];
        var known =
            int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            && (kind == "cpu" ? index < MaxVirtual : Has(backend, $"{kind}:{index}"));
        return known
            ? kind == "cpu" ? device : $"{kind}:{index}"
            : throw new EngineException(
                ErrorCode.InvalidDevice,
                $"There is no device '{device}' here. There are: "
                    + string.Join(", ", backend.Devices.Select(d => d.Name))
                    + " ('cpu:1' and so on are virtual devices on the processor).",
                "device"
            );
    }

    /// <summary>The kind, which is part of the cache's key: <c>cpu</c> or <c>cuda</c>.</summary>
    public static string KindOf(string device)
    {
        var colon = device.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? device : device[..colon];
    }

    private static bool Has(ITorchBackend backend, string device) =>
        backend.Devices.Any(d => string.Equals(d.Name, device, StringComparison.Ordinal));
}
