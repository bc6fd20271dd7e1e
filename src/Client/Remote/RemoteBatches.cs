using System.Text.Json;
using Torch2Jax.Batches;

namespace Torch2Jax.Client;

/// <summary>Batches that a service works on, over its own files.</summary>
internal sealed class RemoteBatches(ServiceConnection service) : IBatches
{
    private const string Batches = "api/batches";

    public BatchPreview Check(string manifest, string? folder, CancellationToken cancellationToken = default)
    {
        using var answer = Post(manifest, folder, "check", cancellationToken);
        return answer.Read(() => BatchJson.ReadPreview(answer.Root));
    }

    public MadeBatch Create(
        string manifest,
        string? folder,
        bool reuseUnfinished = false,
        CancellationToken cancellationToken = default
    )
    {
        using var answer = Post(manifest, folder, reuseUnfinished ? "reuse" : null, cancellationToken);
        return new MadeBatch(Status(answer), answer.Status == 202);
    }

    public IReadOnlyList<BatchStatus> List(int limit = 100, CancellationToken cancellationToken = default)
    {
        using var answer = service.Get(FormattableString.Invariant($"{Batches}?limit={limit}"), cancellationToken);
        return answer.Read<BatchStatus[]>(() =>
            [.. answer.Root.GetProperty("batches").EnumerateArray().Select(BatchJson.Read)]
        );
    }

    public BatchStatus Get(Guid id, CancellationToken cancellationToken = default)
    {
        using var answer = service.Get(Path(id), cancellationToken);
        return Status(answer);
    }

    public IReadOnlyList<ChunkStatus> Chunks(
        Guid id,
        ChunkState? state = null,
        CancellationToken cancellationToken = default
    )
    {
        var query = state is { } one ? $"?state={BatchJson.Word(one)}" : "";
        using var answer = service.Get($"{Path(id)}/chunks{query}", cancellationToken);
        return answer.Read<ChunkStatus[]>(() =>
            [.. answer.Root.GetProperty("chunks").EnumerateArray().Select(BatchJson.ReadChunk)]
        );
    }

    public BatchStatus Run(
        Guid id,
        bool acceptChangedInputs = false,
        IProgress<BatchReport>? progress = null,
        CancellationToken cancellationToken = default
    )
    {
        var batch = Get(id, cancellationToken);
        if (batch.State == BatchState.Completed)
        {
            return batch;
        }

        if (acceptChangedInputs || batch.HasEnded)
        {
            Resume(id, acceptChangedInputs, cancellationToken);
        }

        return new BatchFollower(service, Path(id), progress).Follow(cancellationToken);
    }

    public BatchStatus Resume(Guid id, bool acceptChangedInputs = false, CancellationToken cancellationToken = default)
    {
        var body = RequestBody.Json(json =>
        {
            json.WriteStartObject();
            json.WriteBoolean("acceptChangedInputs", acceptChangedInputs);
            json.WriteEndObject();
        });
        using var answer = service.Post(Path(id) + "/resume", body, null, cancellationToken);
        return Status(answer);
    }

    public BatchStatus Cancel(Guid id, CancellationToken cancellationToken = default)
    {
        using var answer = service.Post(Path(id) + "/cancel", RequestBody.Json(Empty), null, cancellationToken);
        return Status(answer);
    }

    public void Delete(Guid id, CancellationToken cancellationToken = default) =>
        service.Delete(Path(id), cancellationToken).Dispose();

    internal static BatchStatus Status(ServiceAnswer answer) => answer.Read(() => BatchJson.Read(answer.Root));

    internal static void Empty(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteEndObject();
    }

    private static string Path(Guid id) => $"{Batches}/{id:D}";

    private ServiceAnswer Post(string manifest, string? folder, string? flag, CancellationToken cancellationToken)
    {
        var body = RequestBody.Json(json =>
        {
            json.WriteStartObject();
            json.WritePropertyName("manifest");
            ManifestText.Write(json, manifest);
            if (folder is not null)
            {
                json.WriteString("folder", folder);
            }

            if (flag is not null)
            {
                json.WriteBoolean(flag, true);
            }

            json.WriteEndObject();
        });
        return service.Post(Batches, body, null, cancellationToken);
    }
}
