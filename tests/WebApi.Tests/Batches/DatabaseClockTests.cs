using Torch2Jax.Registry;
using Torch2Jax.WebApi.Schedules;
using Torch2Jax.WebApi.Tests.Support;

namespace Torch2Jax.WebApi.Tests.Batches;

/// <summary>An instance whose machine has another time fires by the database's.</summary>
[Collection(ServiceCollection.Name)]
public sealed class DatabaseClockTests(ServiceFixture fixture)
{
    [Fact]
    public async Task A_machine_that_is_an_hour_wrong_has_the_databases_time_and_goes_on_with_it()
    {
        await using var registry = await PostgresRegistry.OpenAsync(
            new RegistryOptions(null, fixture.Data, ServiceFixture.NewSchema()),
            null,
            default
        );
        await using var right = new DatabaseClock(registry.Connections);
        await using var wrong = new DatabaseClock(registry.Connections, new WrongTime());
        await right.StartAsync(default);
        await wrong.StartAsync(default);
        var before = wrong.GetUtcNow();
        Assert.InRange(wrong.GetUtcNow() - right.GetUtcNow(), TimeSpan.FromSeconds(-5), TimeSpan.FromSeconds(5));
        await Task.Delay(100);
        Assert.InRange(wrong.GetUtcNow() - before, TimeSpan.FromMilliseconds(90), TimeSpan.FromSeconds(20));
    }

    private sealed class WrongTime : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddHours(1);
    }
}
