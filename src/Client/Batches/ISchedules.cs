namespace Torch2Jax.Client;

/// <summary>Schedules of a service: batches that it makes by itself, at times of the calendar or every so many seconds.</summary>
/// <remarks>Errors are those of <see cref="IFunctionSession"/>.</remarks>
public interface ISchedules
{
    /// <summary>Adds a schedule; a name that is taken is a Conflict.</summary>
    Schedule Add(NewSchedule schedule, CancellationToken cancellationToken = default);

    /// <summary>All schedules in order of their names.</summary>
    IReadOnlyList<Schedule> List(CancellationToken cancellationToken = default);

    /// <summary>A schedule.</summary>
    Schedule Get(string name, CancellationToken cancellationToken = default);

    /// <summary>Removes a schedule; batches that it made stay.</summary>
    void Remove(string name, CancellationToken cancellationToken = default);

    /// <summary>Makes a schedule wait until it is resumed.</summary>
    Schedule Pause(string name, CancellationToken cancellationToken = default);

    /// <summary>Lets a schedule that waits go on.</summary>
    Schedule Resume(string name, CancellationToken cancellationToken = default);

    /// <summary>Makes a batch now, besides those that are due.</summary>
    BatchStatus Run(string name, CancellationToken cancellationToken = default);
}
