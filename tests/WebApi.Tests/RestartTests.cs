using Torch2Jax.WebApi.Tests.Support;

namespace Torch2Jax.WebApi.Tests;

[Collection(ServiceCollection.Name)]
public sealed class RestartTests(ServiceFixture fixture)
{
    [Fact]
    public async Task After_a_restart_the_shapes_are_restored()
    {
        var schema = ServiceFixture.NewSchema();
        await using (var first = await fixture.StartAsync(schema))
        {
            await first.RegisterAsync("warm", Json.Double);
            Assert.Equal("miss", await CacheAsync(first));
            Assert.Equal("hit", await CacheAsync(first));
        }

        await using var second = await fixture.StartAsync(schema);
        Assert.Equal("restored", await CacheAsync(second));
        Assert.Equal("hit", await CacheAsync(second));
        var entry = (await second.GetAsync("/api/functions/warm/shape-cache")).Good().GetProperty("entries")[0];
        Assert.Equal(3, entry.GetProperty("hits").GetInt64());
    }

    [Fact]
    public async Task Two_services_share_their_functions()
    {
        var schema = ServiceFixture.NewSchema();
        await using var one = await fixture.StartAsync(schema);
        await using var two = await fixture.StartAsync(schema);
        await one.RegisterAsync("shared", Json.Double);
        var answer = (await two.PostAsync("/api/functions/shared/invoke", Json.Call(Json.Floats(2)))).Good();
        Assert.Equal([4f], Json.Data(answer.GetProperty("outputs")));
    }

    private static async Task<string?> CacheAsync(RunningService service) =>
        (await service.PostAsync("/api/functions/warm/invoke", Json.Call(Json.Floats(1, 2, 3))))
            .Good()
            .GetProperty("cache")
            .GetString();
}
