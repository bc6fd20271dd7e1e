using System.Text.Json;
using Torch2Jax.WebApi.Bodies;
using Torch2Jax.WebApi.Contracts;
using Torch2Jax.WebApi.Hosting;
using Torch2Jax.WebApi.OpenApi;

namespace Torch2Jax.WebApi.Apis;

/// <summary>/api/devices: what functions can run on.</summary>
internal static class DevicesApi
{
    public static void MapDevices(this WebApplication app)
    {
        var engine = app.Services.GetRequiredService<EngineHost>();
        app.MapGet("/api/devices", context => JsonAnswer.WriteAsync(context, 200, engine, Write))
            .Describe(ServiceDocs.Devices);
    }

    private static void Write(Utf8JsonWriter json, EngineHost engine)
    {
        json.WriteStartObject();
        json.WriteStartArray("devices");
        foreach (var device in engine.Devices)
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
        json.WriteString("libtorch", engine.Backend.LibtorchVersion);
        json.WriteNumber("threads", engine.Backend.Threads);
        IsolationJson.WriteProtections(json, engine.Workers);
        json.WriteEndObject();
    }
}
