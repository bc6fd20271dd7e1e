using System.Globalization;
using Torch2Jax.Errors;

namespace Torch2Jax.Functions;

/// <summary>Where a call runs: <c>cpu</c>, <c>cpu:1</c> (a virtual device on the same processor) or <c>cuda:0</c>.</summary>
internal static class DeviceName
{
    /// <summary>The device where nothing was said.</summary>
    public const string Default = "cpu";

    private const int MaxVirtual = 1024;

    /// <summary>The name of a call's device in full. Refuses one, or one of the call's mesh, that is not there.</summary>
    /// <param name="call">The call.</param>
    /// <param name="devices">Those that are there.</param>
    public static string Check(Invocation call, IReadOnlyList<string> devices)
    {
        if (call.Sharding?.Mesh.Devices is { } places)
        {
            for (var i = 0; i < places.Length; i++)
            {
                Check(places[i], devices, $"sharding.mesh.devices[{i}]");
            }
        }

        return Check(call.Device, devices, "device");
    }

    private static string Check(string? device, IReadOnlyList<string> devices, string path)
    {
        if (device is null or Default)
        {
            return Default;
        }

        var kind = KindOf(device);
        var number = kind.Length == device.Length ? "0" : device[(kind.Length + 1)..];
        var known =
            int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            && (kind == "cpu" ? index < MaxVirtual : devices.Contains($"{kind}:{index}", StringComparer.Ordinal));
        return known
            ? kind.Length == device.Length
                ? $"{kind}:{index}"
                : device
            : throw new EngineException(
                ErrorCode.InvalidDevice,
                $"There is no device '{device}' here. There are: "
                    + string.Join(", ", devices)
                    + " ('cpu:1' and so on are virtual devices on the processor).",
                path
            );
    }

    /// <summary>The kind, which is part of the cache's key: <c>cpu</c> or <c>cuda</c>.</summary>
    public static string KindOf(string device)
    {
        var colon = device.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? device : device[..colon];
    }
}
