using System.CommandLine;

namespace Torch2Jax.Tool.Commands;

/// <summary>torch2jax devices</summary>
internal static class DevicesCommand
{
    public static Command Create() =>
        new Command("devices", "Says what functions run on, and where.").Does(
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
                            json.WriteEndObject();
                        }

                        json.WriteEndArray();
                    },
                    text =>
                    {
                        text.WriteLine($"{session.Info.Target}; libtorch {session.Info.LibtorchVersion}");
                        foreach (var device in devices)
                        {
                            text.WriteLine($"{device.Name}: {device.Title}");
                        }
                    }
                );
            }
        );
}
