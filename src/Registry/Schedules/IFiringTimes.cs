using System.Data.Common;

namespace Torch2Jax.Registry.Schedules;

/// <summary>Keeps the times at which schedules fire, in tables of the same database.</summary>
public interface IFiringTimes
{
    /// <summary>Does what follows in this asynchronous call in a transaction of the caller, until what is returned is disposed of.</summary>
    IDisposable Join(DbTransaction transaction);

    /// <summary>Begins to fire a schedule.</summary>
    Task SetAsync(ScheduleRecord schedule, CancellationToken cancellationToken);

    /// <summary>Ends firing a schedule; one that is not fired is left as it is.</summary>
    Task RemoveAsync(string name, CancellationToken cancellationToken);
}
