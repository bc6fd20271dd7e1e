using System.Text.Json;
using Torch2Jax.Torch;

namespace Torch2Jax.Client;

/// <summary>Reads a device as the service writes it.</summary>
internal static class DeviceReader
{
    public static DeviceInfo Read(JsonElement device) =>
        new(
            device.GetProperty("name").GetString()!,
            device.GetProperty("title").GetString()!,
            device.GetProperty("totalBytes").GetInt64(),
            device.GetProperty("freeBytes").GetInt64()
        )
        {
            UsedBytes = Number(device, "usedBytes"),
            LimitBytes = Number(device, "limitBytes"),
            InFlight = (int)Number(device, "inFlight"),
        };

    // A service of an older version does not say.
    private static long Number(JsonElement device, string name) =>
        device.TryGetProperty(name, out var value) ? value.GetInt64() : 0;
}
