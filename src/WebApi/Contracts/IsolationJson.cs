using System.Text.Json;
using Torch2Jax.Isolation;
using Torch2Jax.WebApi.Hosting;

namespace Torch2Jax.WebApi.Contracts;

/// <summary>Writes what the worker processes do.</summary>
internal static class IsolationJson
{
    public static void Write(Utf8JsonWriter json, EngineHost engine)
    {
        var workers = engine.Workers;
        json.WriteStartObject("isolation");
        json.WriteString("workers", workers.Status);
        if (workers.Backend?.State is { } state)
        {
            json.WriteNumber("running", state.Running);
            json.WriteNumber("busy", state.Busy);
            json.WriteNumber("started", state.Started);
            json.WriteString("failure", state.Failure);
        }

        WriteProtections(json, workers);
        json.WriteStartArray("quarantined");
        foreach (var entry in engine.IsThere ? engine.Functions.Quarantined : [])
        {
            FunctionJson.WriteQuarantine(json, entry);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>What a worker was seen to be unable to do.</summary>
    public static void WriteProtections(Utf8JsonWriter json, WorkerHost workers)
    {
        json.WriteStartArray("protections");
        foreach (var name in Names(workers.Protections))
        {
            json.WriteStringValue(name);
        }

        json.WriteEndArray();
    }

    private static IEnumerable<string> Names(SandboxReport? found)
    {
        if (found is not { } report)
        {
            yield break;
        }

        (bool Holds, string Name)[] all =
        [
            (report.Limits, "limits"),
            (report.NoNewPrivileges, "no-new-privileges"),
            (report.Unprivileged, "unprivileged"),
            (report.NoNetwork, "no-network"),
            (report.NoFiles, "no-files"),
            (report.FilteredCalls, "filtered-system-calls"),
        ];
        foreach (var (holds, name) in all)
        {
            if (holds)
            {
                yield return name;
            }
        }
    }
}
