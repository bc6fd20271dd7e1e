using System.Diagnostics;
using System.Net.ServerSentEvents;
using System.Text.Json;

namespace Torch2Jax.Client;

/// <summary>
/// Follows a batch of a service by its events, and asks again where they break off: an instance that is ended hands its
/// chunks to another, and the batch goes on.
/// </summary>
internal sealed class BatchFollower(ServiceConnection service, string path, IProgress<BatchReport>? progress)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly long began = Stopwatch.GetTimestamp();
    private readonly BatchPace pace = new();
    private long heard = Stopwatch.GetTimestamp();
    private BatchStatus? latest;

    public BatchStatus Follow(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                service.Stream(path + "/events", ReadAsync, cancellationToken);
            }
            catch (Exception error) when (MayPass(error) && Stopwatch.GetElapsedTime(heard) < Patience)
            {
                // The service is started again, or another takes its place.
            }

            if (latest is { HasEnded: true } ended)
            {
                return ended;
            }

            Task.Delay(Pause, cancellationToken).GetAwaiter().GetResult();
        }
    }

    private static bool MayPass(Exception error) =>
        error switch
        {
            SessionException session => session.Failure
                is SessionFailure.ServiceUnreachable
                    or SessionFailure.UnexpectedAnswer,
            ServiceException service => service.Status is 429 or >= 500,
            _ => false,
        };

    private async Task<bool> ReadAsync(Stream body, CancellationToken cancellationToken)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        silence.CancelAfter(Silence);
        try
        {
            await foreach (var item in SseParser.Create(body, Read).EnumerateAsync(silence.Token).ConfigureAwait(false))
            {
                silence.CancelAfter(Silence);
                Tell(item.Data);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Nothing changed for a while, or the connection is dead: a new one begins with the state.
        }

        return true;
    }

    private BatchStatus Read(string type, ReadOnlySpan<byte> data)
    {
        try
        {
            var reader = new Utf8JsonReader(data);
            using var document = JsonDocument.ParseValue(ref reader);
            return BatchJson.Read(document.RootElement);
        }
        catch (Exception error)
            when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw ConnectionFailure.Unexpected(service.Address, 200, error);
        }
    }

    private void Tell(BatchStatus batch)
    {
        heard = Stopwatch.GetTimestamp();
        latest = batch;
        var elapsed = Stopwatch.GetElapsedTime(began);
        progress?.Report(new BatchReport(batch, elapsed, pace.Note(elapsed, batch.Chunks)));
    }
}
