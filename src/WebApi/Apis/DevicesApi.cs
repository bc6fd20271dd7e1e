using System.Text.Json;
using Torch2Jax.Torch;
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
        var backend = app.Services.GetRequiredService<ITorchBackend>();
        var workers = app.Services.GetRequiredService<WorkerHost>();
        app.MapGet("/api/devices", context => JsonAnswer.WriteAsync(context, 200, (backend, workers), Write))
            .Describe(ServiceDocs.Devices);
    }

    private static void Write(Utf8JsonWriter json, (ITorchBackend Backend, WorkerHost Workers) service)
    {
        var backend = service.Backend;
        json.WriteStartObject();
        json.WriteStartArray("devices");
        foreach (var device in backend.Devices)
        {
            json.WriteStartObject();
            json.WriteString("name", device.Name);
            json.WriteString("title", device.Title);
            json.WriteNumber("totalBytes", device.TotalBytes);
            json.WriteNumber("freeBytes", device.FreeBytes);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("libtorch", backend.LibtorchVersion);
        json.WriteNumber("threads", backend.Threads);
        IsolationJson.WriteProtections(json, service.Workers);
        json.WriteEndObject();
    }
}
