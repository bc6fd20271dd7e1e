using Quartz;
using Torch2Jax.Errors;
using Torch2Jax.Registry.Schedules;
using Torch2Jax.WebApi.Bodies;

namespace Torch2Jax.WebApi.Schedules;

/// <summary>The times of a schedule as Quartz has them; what is wrong with them is said with its place.</summary>
internal static class FiringTrigger
{
    public const string Group = "schedules";

    /// <exception cref="EngineException">MalformedRequest: no cron expression, no time zone, or a time that never comes.</exception>
    public static ITrigger Of(ScheduleRecord schedule, TimeProvider clock)
    {
        var zone = Zone(schedule.TimeZone);
        var now = clock.GetUtcNow();
        // Whole seconds, so that a firing's time is the same wherever it is written.
        var start = new DateTimeOffset(now.Ticks - (now.Ticks % TimeSpan.TicksPerSecond), TimeSpan.Zero);
        var trigger = TriggerBuilder
            .Create(clock)
            .WithIdentity(schedule.Name, Group)
            .ForJob(schedule.Name, Group)
            .StartAt(start.AddSeconds(1));
        if (schedule.EverySeconds is { } seconds)
        {
            return trigger
                .WithSchedule(
                    CalendarIntervalScheduleBuilder
                        .Create()
                        .WithInterval(seconds, IntervalUnit.Second)
                        .InTimeZone(zone)
                        .WithMisfireInstruction(
                            schedule.Misfire == MisfirePolicy.FireOnce
                                ? CalendarIntervalTriggerMisfireInstruction.FireAndProceed
                                : CalendarIntervalTriggerMisfireInstruction.DoNothing
                        )
                )
                .Build();
        }

        var cron = Cron(schedule.Cron!).WithTimeZone(zone);
        if (cron.GetNextValidTimeAfter(start) is null)
        {
            throw JsonFields.Malformed("No time fits this expression any more: the schedule would never fire.", "cron");
        }

        return trigger
            .WithSchedule(
                CronScheduleBuilder
                    .Create(cron)
                    .InTimeZone(zone)
                    .WithMisfireInstruction(
                        schedule.Misfire == MisfirePolicy.FireOnce
                            ? CronTriggerMisfireInstruction.FireAndProceed
                            : CronTriggerMisfireInstruction.DoNothing
                    )
            )
            .Build();
    }

    private static CronExpression Cron(string text)
    {
        var fields = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
        if (fields is < 6 or > 7)
        {
            throw JsonFields.Malformed(
                $"A cron expression has 6 or 7 fields (seconds minutes hours day-of-month month day-of-week [year]), such as \"0 0 3 * * ?\"; this one has {fields}.",
                "cron"
            );
        }

        try
        {
            return CronExpression.Parse(text);
        }
        catch (Exception error) when (error is FormatException or ArgumentException)
        {
            throw JsonFields.Malformed($"This is no cron expression of Quartz's form: {error.Message}", "cron", error);
        }
    }

    private static TimeZoneInfo Zone(string name)
    {
        if (TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) && zone.HasIanaId)
        {
            return zone;
        }

        throw JsonFields.Malformed(
            "This machine knows no time zone of this name; it is an IANA name, such as Europe/Berlin or UTC.",
            "timeZone"
        );
    }
}
