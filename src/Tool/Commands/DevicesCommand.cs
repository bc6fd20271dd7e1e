using System.CommandLine;
using System.Globalization;
using Torch2Jax.Torch;

namespace Torch2Jax.Tool.Commands;

/// <summary>torch2jax devices</summary>
internal static class DevicesCommand
{
    public static Command Create() =>
        new Command("devices", "Says what functions run on, where, and how much of it is used.").Does(
            (session, parsed, _, token) =>
            {
                var devices = session.Devices(token);
                Answer.Print(
                    parsed,
                    json =>
                    {
                        json.WriteString("target", session.Info.Target);
                        json.WriteString("libtorch", session.Info.LibtorchVersion);
                        json.WriteNumber("threads", session.Info.Threads);
                        json.WriteStartArray("devices");
                        foreach (var device in devices)
                        {
                            json.WriteStartObject();
                            json.WriteString("name", device.Name);
                            json.WriteString("title", device.Title);
                            json.WriteNumber("totalBytes", device.TotalBytes);
                            json.WriteNumber("freeBytes", device.FreeBytes);
                            json.WriteNumber("usedBytes", device.UsedBytes);
                            json.WriteNumber("limitBytes", device.LimitBytes);
                            json.WriteNumber("inFlight", device.InFlight);
                            json.WriteEndObject();
                        }

                        json.WriteEndArray();
                    },
                    text =>
                    {
                        text.WriteLine($"{session.Info.Target}; libtorch {session.Info.LibtorchVersion}");
                        foreach (var device in devices)
                        {
                            text.WriteLine(Line(device));
                        }
                    }
                );
            }
        );

    // What is not known is left out.
    private static string Line(DeviceInfo device)
    {
        string[] parts =
        [
            .. new (bool Known, string Text)[]
            {
                (true, $"{Size(device.UsedBytes)} used"),
                (device.LimitBytes > 0, $"limit {Size(device.LimitBytes)}"),
                (device.TotalBytes > 0, $"{Size(device.FreeBytes)} of {Size(device.TotalBytes)} free"),
                (true, device.InFlight == 1 ? "1 call" : $"{device.InFlight} calls"),
            }
                .Where(part => part.Known)
                .Select(part => part.Text),
        ];
        return $"{device.Name}: {device.Title}; {string.Join(", ", parts)}";
    }

    private static string Size(long bytes) =>
        bytes < 1L << 20 ? string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:0.#} KiB")
        : bytes < 1L << 30 ? string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 20):0.#} MiB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 30):0.#} GiB");
}
