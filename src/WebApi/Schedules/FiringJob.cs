using System.Globalization;
using Quartz;

namespace Torch2Jax.WebApi.Schedules;

/// <summary>What Quartz runs at a schedule's times; after a crash another instance runs it again for the same time.</summary>
internal sealed class FiringJob(Firings firings) : IJob
{
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default) =>
        await firings.FireAsync(context.JobDetail.Key.Name, Time(context), cancellationToken);

    private static DateTimeOffset Time(IJobExecutionContext context) =>
        context.Recovering
        && context.MergedJobDataMap.TryGetValue(
            SchedulerConstants.FailedJobOriginalTriggerScheduledFireTime,
            out var original
        )
            ? DateTimeOffset.Parse($"{original}", CultureInfo.InvariantCulture)
            : context.ScheduledFireTimeUtc ?? context.FireTimeUtc;
}
