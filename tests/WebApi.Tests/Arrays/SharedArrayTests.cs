using Torch2Jax.WebApi.Tests.Support;
using Torch2Jax.WebApi.Tests.Telemetry;

namespace Torch2Jax.WebApi.Tests.Arrays;

/// <summary>Several instances over one database, one after the other and at the same time.</summary>
[Collection(ServiceCollection.Name)]
public sealed class SharedArrayTests(ServiceFixture fixture)
{
    private static readonly string Call = Json.Call("""{"$ref":"shared"}""");

    [Fact]
    public async Task What_one_instance_writes_the_others_use()
    {
        var schema = ServiceFixture.NewSchema();
        await using var one = await fixture.StartAsync(schema);
        await using var two = await fixture.StartAsync(schema);
        await one.RegisterAsync("double", Json.Double);
        for (var i = 1; i <= 5; i++)
        {
            await (i % 2 == 0 ? one : two).PutJsonAsync("shared", Json.Floats(i));
            await UntilAsync(one, 2 * i);
            await UntilAsync(two, 2 * i);
        }

        await one.SendAsync(HttpMethod.Delete, "/api/arrays/shared");
        for (
            var i = 0;
            (await two.PostAsync("/api/functions/double/invoke", Call)).Status is System.Net.HttpStatusCode.OK;
            i++
        )
        {
            Assert.True(i < 1000, "The other instance did not hear of it.");
            await Task.Delay(10);
        }

        (await two.PostAsync("/api/functions/double/invoke", Call)).Problem(404, "array_not_found");
    }

    [Fact]
    public async Task After_a_restart_a_name_is_known_and_its_content_is_read_once()
    {
        var schema = ServiceFixture.NewSchema();
        await using (var first = await fixture.StartAsync(schema))
        {
            await first.RegisterAsync("double", Json.Double);
            await first.PutJsonAsync("shared", Json.Floats(3));
            await ExpectAsync(first, 6);
            Assert.Equal((1, 0, 4), await CacheAsync(first));
        }

        await using var second = await fixture.StartAsync(schema);
        Assert.Equal((0, 0, 0), await CacheAsync(second));
        for (var i = 0; i < 3; i++)
        {
            await ExpectAsync(second, 6);
        }

        Assert.Equal((2, 1, 4), await CacheAsync(second));
    }

    [Fact]
    public async Task What_does_not_fit_into_memory_is_read_each_time()
    {
        await using var service = await fixture.StartAsync(ServiceFixture.NewSchema(), ("Arrays:CacheBytes", "10"));
        await service.RegisterAsync("double", Json.Double);
        await service.PutJsonAsync("shared", Json.Floats(3, 4));
        await service.PutJsonAsync("other", Json.Floats(5, 6));
        for (var i = 0; i < 2; i++)
        {
            await ExpectAsync(service, 6, 8);
            var other = await service.PostAsync("/api/functions/double/invoke", Json.Call("""{"$ref":"other"}"""));
            Assert.Equal([10f, 12f], Json.Data(other.Good().GetProperty("outputs")));
        }

        Assert.Equal((0, 4, 8), await CacheAsync(service));
        var metrics = new Exposition((await service.GetAsync("/metrics")).Text);
        Assert.Equal(5, metrics["torch2jax_array_cache_evictions_total"][""]);
    }

    private static async Task<(double Hits, double Misses, double Bytes)> CacheAsync(RunningService service)
    {
        var metrics = new Exposition((await service.GetAsync("/metrics")).Text);
        var uses = metrics["torch2jax_array_cache_total"];
        return (uses["outcome=\"hit\""], uses["outcome=\"miss\""], metrics["torch2jax_array_cache_size_bytes"][""]);
    }

    private static async Task ExpectAsync(RunningService service, params float[] expected)
    {
        var answer = await service.PostAsync("/api/functions/double/invoke", Call);
        Assert.Equal(expected, Json.Data(answer.Good().GetProperty("outputs")));
    }

    private static async Task UntilAsync(RunningService service, float expected)
    {
        for (var i = 0; i < 1000; i++)
        {
            var answer = await service.PostAsync("/api/functions/double/invoke", Call);
            if (
                answer.Status == System.Net.HttpStatusCode.OK
                && Json.Data(answer.Body.GetProperty("outputs"))[0] == expected
            )
            {
                return;
            }

            await Task.Delay(10);
        }

        Assert.Fail($"It did not become {expected}.");
    }
}
