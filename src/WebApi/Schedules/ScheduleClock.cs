using System.Data.Common;
using System.Runtime.ExceptionServices;
using Quartz;
using Torch2Jax.Registry.Schedules;

namespace Torch2Jax.WebApi.Schedules;

/// <summary>
/// Quartz over the registry's database: a cluster of all instances in which each firing is one instance's. Its tables are
/// the registry's (migration 005), its time is the database's.
/// </summary>
internal sealed class ScheduleClock : IFiringTimes, IAsyncDisposable
{
    private static readonly TimeSpan Checkin = TimeSpan.FromSeconds(3);

    private readonly DatabaseClock clock;
    private readonly StandaloneSchedulerFactory factory;
    private IScheduler? scheduler;
    private bool disposed;

    public ScheduleClock(DbDataSource database, Firings firings, TimeSpan misfireAfter, ILoggerFactory loggers)
    {
        clock = new DatabaseClock(database);
        factory = QuartzSchedulerBuilder
            .Create(quartz =>
            {
                quartz.Services.AddSingleton(loggers);
                quartz.Services.AddSingleton(typeof(ILogger<>), typeof(Logger<>));
                quartz.Services.AddSingleton(firings);
                quartz.UseTimeProvider(clock);
                quartz.UseDefaultThreadPool(8);
                quartz.ConfigureScheduler(options =>
                {
                    options.InstanceName = "torch2jax";
                    options.InstanceId = $"{Environment.MachineName}-{Guid.NewGuid():N}";
                    options.IdleWaitTime = TimeSpan.FromSeconds(5);
                    options.PropagateTraceContext = false;
                });
                quartz.UsePersistentStore(store =>
                {
                    store.UsePostgres(source => source.DataSourceFactory = _ => new Lent(database));
                    store.UseClustering(cluster =>
                    {
                        cluster.CheckinInterval = Checkin;
                        cluster.CheckinMisfireThreshold = TimeSpan.FromSeconds(5);
                    });
                    store.ConfigureStore(options =>
                    {
                        options.TablePrefix = "qrtz_";
                        options.StoreJobDataAsStrings = true;
                        options.AcceptEnlistedTransactions = true;
                        options.MisfireThreshold = misfireAfter;
                        options.DbRetryInterval = Checkin;
                    });
                });
            })
            .Build();
    }

    private IScheduler Scheduler => scheduler ?? throw new InvalidOperationException("The clock has not been started.");

    public DateTimeOffset Now => clock.GetUtcNow();

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await clock.StartAsync(cancellationToken);
        scheduler = await factory.GetScheduler(cancellationToken);
        await scheduler.Start(cancellationToken);
    }

    /// <summary>Looks at a schedule's times without keeping anything.</summary>
    /// <exception cref="Errors.EngineException">MalformedRequest, with the place.</exception>
    public void Check(ScheduleRecord schedule) => FiringTrigger.Of(schedule, clock);

    public IDisposable Join(DbTransaction transaction) => Scheduler.EnlistTransaction(transaction);

    public Task SetAsync(ScheduleRecord schedule, CancellationToken cancellationToken) =>
        TellAsync(async () =>
        {
            var job = JobBuilder
                .Create<FiringJob>()
                .WithIdentity(schedule.Name, FiringTrigger.Group)
                .RequestRecovery()
                .Build();
            await Scheduler.ScheduleJob(
                job,
                [FiringTrigger.Of(schedule, clock)],
                ScheduleJobOptions.Replacing,
                cancellationToken
            );
        });

    public Task RemoveAsync(string name, CancellationToken cancellationToken) =>
        TellAsync(async () => await Scheduler.DeleteJob(new JobKey(name, FiringTrigger.Group), cancellationToken));

    public async ValueTask DisposeAsync()
    {
        // The host may stop twice.
        if (Interlocked.Exchange(ref disposed, true))
        {
            return;
        }

        if (scheduler is not null)
        {
            await scheduler.Shutdown(waitForJobsToComplete: true);
        }

        await factory.DisposeAsync();
        await clock.DisposeAsync();
    }

    /// <summary>What the database refused is the database's error, so that the registry knows it.</summary>
    private static async Task TellAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (SchedulerException error)
            when (error.GetBaseException() is DbException or TimeoutException or IOException)
        {
            ExceptionDispatchInfo.Throw(error.GetBaseException());
        }
    }

    /// <summary>The registry's connections, which Quartz would close with itself.</summary>
    private sealed class Lent(DbDataSource database) : DbDataSource
    {
        public override string ConnectionString => database.ConnectionString;

        protected override DbConnection CreateDbConnection() => database.CreateConnection();
    }
}
