namespace Torch2Jax.Client;

/// <summary>The schedules of a service.</summary>
internal sealed class RemoteSchedules(ServiceConnection service) : ISchedules
{
    private const string Schedules = "api/schedules";

    public Schedule Add(NewSchedule schedule, CancellationToken cancellationToken = default)
    {
        using var answer = service.Post(
            Schedules,
            RequestBody.Json(json => ScheduleJson.Write(json, schedule)),
            null,
            cancellationToken
        );
        return Read(answer);
    }

    public IReadOnlyList<Schedule> List(CancellationToken cancellationToken = default)
    {
        using var answer = service.Get(Schedules, cancellationToken);
        return answer.Read<Schedule[]>(() =>
            [.. answer.Root.GetProperty("schedules").EnumerateArray().Select(ScheduleJson.Read)]
        );
    }

    public Schedule Get(string name, CancellationToken cancellationToken = default)
    {
        using var answer = service.Get(Path(name), cancellationToken);
        return Read(answer);
    }

    public void Remove(string name, CancellationToken cancellationToken = default) =>
        service.Delete(Path(name), cancellationToken).Dispose();

    public Schedule Pause(string name, CancellationToken cancellationToken = default) =>
        Tell(name, "pause", cancellationToken);

    public Schedule Resume(string name, CancellationToken cancellationToken = default) =>
        Tell(name, "resume", cancellationToken);

    public BatchStatus Run(string name, CancellationToken cancellationToken = default)
    {
        using var answer = Post(name, "run", cancellationToken);
        return RemoteBatches.Status(answer);
    }

    private static Schedule Read(ServiceAnswer answer) => answer.Read(() => ScheduleJson.Read(answer.Root));

    // A name of dots alone would be another address.
    private static string Path(string name) =>
        name.Length > 0 && name.Trim('.').Length > 0
            ? $"{Schedules}/{Uri.EscapeDataString(name)}"
            : throw new Errors.EngineException(
                Errors.ErrorCode.MalformedRequest,
                "A schedule's name has letters, digits, '_', '-' and dots.",
                "name"
            );

    private Schedule Tell(string name, string verb, CancellationToken cancellationToken)
    {
        Post(name, verb, cancellationToken).Dispose();
        return Get(name, cancellationToken);
    }

    private ServiceAnswer Post(string name, string verb, CancellationToken cancellationToken) =>
        service.Post($"{Path(name)}/{verb}", RequestBody.Json(RemoteBatches.Empty), null, cancellationToken);
}
