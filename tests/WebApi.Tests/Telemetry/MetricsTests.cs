using System.Text.RegularExpressions;
using Torch2Jax.WebApi.Tests.Support;

namespace Torch2Jax.WebApi.Tests.Telemetry;

[Collection(ServiceCollection.Name)]
public sealed partial class MetricsTests(ServiceFixture fixture)
{
    [Fact]
    public async Task Metrics_follow_the_format_to_the_letter_and_count_what_happened()
    {
        await using var service = await fixture.StartAsync(ServiceFixture.NewSchema());
        await service.RegisterAsync("counted", Json.Double);
        for (var i = 0; i < 3; i++)
        {
            (await service.PostAsync("/api/functions/counted/invoke", Json.Call(Json.Floats(1, 2)))).Good();
        }

        await service.PostAsync("/api/functions/counted/invoke", Json.Call("1"));
        await service.GetAsync("/no/such/address?whatever");

        var metrics = new Exposition((await service.GetAsync("/metrics")).Text);
        var requests = metrics["torch2jax_http_requests_total"];
        Assert.Equal(3, requests["method=\"POST\",route=\"/api/functions/{name}/invoke\",status=\"200\""]);
        Assert.Equal(1, requests["method=\"POST\",route=\"/api/functions/{name}/invoke\",status=\"422\""]);
        Assert.Equal(1, requests["method=\"GET\",route=\"other\",status=\"404\""]);
        Assert.Equal(1, metrics["torch2jax_shape_cache_total"]["function=\"counted@1\",outcome=\"miss\""]);
        Assert.Equal(2, metrics["torch2jax_shape_cache_total"]["function=\"counted@1\",outcome=\"hit\""]);
        Assert.Equal(1, metrics["torch2jax_calls_failed_total"]["function=\"counted@1\""]);
        Assert.Contains(
            metrics["torch2jax_call_duration_seconds"].Samples,
            one => one is { Name: "torch2jax_call_duration_seconds_count", Labels: "function=\"counted@1\"", Value: 3 }
        );
        Assert.Equal(0, metrics["torch2jax_tensors"][""]);
        Assert.Equal(1, metrics["torch2jax_ready"][""]);
        Assert.Equal(1, metrics["torch2jax_database_available"][""]);
    }

    [Fact]
    public async Task Functions_beyond_the_bound_share_a_label()
    {
        await using var service = await fixture.StartAsync(ServiceFixture.NewSchema(), ("Metrics:MaxFunctions", "2"));
        foreach (var name in (string[])["a", "b", "c", "d"])
        {
            await service.RegisterAsync(name, Json.Double);
            (await service.PostAsync($"/api/functions/{name}/invoke", Json.Call(Json.Floats(1)))).Good();
        }

        var metrics = new Exposition((await service.GetAsync("/metrics")).Text);
        var failed = metrics["torch2jax_calls_failed_total"].Samples.Select(one => one.Labels);
        Assert.Equal(["function=\"a@1\"", "function=\"b@1\"", "function=\"other\""], failed);
        Assert.Equal(2, metrics["torch2jax_shape_cache_total"]["function=\"other\",outcome=\"miss\""]);

        // People still see each by its name.
        var all = (await service.GetAsync("/api/statistics")).Good().GetProperty("functions");
        Assert.Equal(4, all.GetArrayLength());
    }

    [Fact]
    public async Task The_documentation_lists_every_metric_and_no_other()
    {
        await fixture.Service.RegisterAsync("documented", Json.Double);
        (await fixture.Service.PostAsync("/api/functions/documented/invoke", Json.Call(Json.Floats(1)))).Good();
        var page = await File.ReadAllTextAsync(Repository.Find("docs/observability.md"));
        var documented = DocumentedMetrics().Matches(page).Select(match => match.Groups[1].Value);
        var metrics = new Exposition((await fixture.Service.GetAsync("/metrics")).Text);
        Assert.Equal(metrics.Names.Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Statistics_show_what_was_called_in_the_last_minutes()
    {
        await using var service = await fixture.StartAsync(ServiceFixture.NewSchema());
        await service.RegisterAsync("recent", Json.Double);
        for (var i = 0; i < 20; i++)
        {
            (await service.PostAsync("/api/functions/recent/invoke", Json.Call(Json.Floats(1)))).Good();
        }

        await service.PostAsync("/api/functions/recent/invoke", Json.Call("1"));
        await Eventually.TrueAsync(async () =>
            (await service.GetAsync("/api/statistics")).Good().GetProperty("callsPerSecond").GetDouble() > 0
        );
        var one = (await service.GetAsync("/api/functions/recent/statistics")).Good();
        Assert.Equal("recent@1", one.GetProperty("function").GetString());
        Assert.Equal(20, one.GetProperty("calls").GetInt32());
        Assert.Equal(1, one.GetProperty("failed").GetInt32());
        Assert.Equal(19, one.GetProperty("cache").GetProperty("hit").GetInt32());
        Assert.True(one.GetProperty("p50Ms").GetDouble() <= one.GetProperty("p95Ms").GetDouble());
        var step = one.GetProperty("stepSeconds").GetDouble();
        var calls = one.GetProperty("series")
            .GetProperty("callsPerSecond")
            .EnumerateArray()
            .Sum(rate => rate.GetDouble());
        Assert.InRange(calls * step, 10, 40);
        (await service.GetAsync("/api/functions/nothing/statistics")).Problem(404, "function_not_found");
        (await service.GetAsync("/api/statistics?limit=0")).Problem(400, "malformed_request");
    }

    [GeneratedRegex(@"^\| `([a-z0-9]+_[a-z0-9_]+)` \|", RegexOptions.Multiline)]
    private static partial Regex DocumentedMetrics();
}
