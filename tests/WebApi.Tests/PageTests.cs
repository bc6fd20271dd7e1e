using System.Net;
using System.Text.RegularExpressions;
using Torch2Jax.WebApi.Tests.Support;

namespace Torch2Jax.WebApi.Tests;

[Collection(ServiceCollection.Name)]
public sealed partial class PageTests(ServiceFixture fixture)
{
    [Theory]
    [InlineData("/", "text/html")]
    [InlineData("/page/page.css", "text/css")]
    [InlineData("/page/page.js", "text/javascript")]
    public async Task The_page_and_its_files_are_served(string path, string type)
    {
        var answer = await fixture.Service.GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(type, answer.MediaType);
    }

    [Fact]
    public async Task The_page_may_run_its_own_files_and_nothing_inline()
    {
        foreach (var path in (string[])["/", "/page/page.js"])
        {
            var policy = (await fixture.Service.GetAsync(path)).Headers.GetValues("Content-Security-Policy").Single();
            Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Every_script_that_the_page_asks_for_is_there()
    {
        var left = new Queue<string>(["page.js"]);
        var seen = new HashSet<string>();
        while (left.TryDequeue(out var name))
        {
            if (seen.Add(name))
            {
                var script = await fixture.Service.GetAsync($"/page/{name}");
                Assert.Equal(HttpStatusCode.OK, script.Status);
                foreach (Match import in Imports().Matches(script.Text))
                {
                    left.Enqueue(import.Groups[1].Value);
                }
            }
        }

        Assert.True(seen.Count > 3);
    }

    [GeneratedRegex("from \"\\./([a-z]+\\.js)\"")]
    private static partial Regex Imports();

    [Fact]
    public async Task Without_its_database_the_service_is_alive_and_says_what_it_waits_for()
    {
        using var service = ServiceProcess.StartWithout("Host=127.0.0.1;Port=1;Username=nobody;Database=nothing");
        using var live = await service.AnswerAsync("/health/live");
        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        using var ready = await service.AnswerAsync("/health/ready");
        var parts = (await Answer.OfAsync(ready)).Problem(503, "not_ready").GetProperty("parts");
        Assert.Equal("away", parts.GetProperty("database").GetString());
        Assert.Equal("waiting", parts.GetProperty("engine").GetString());
        Assert.Equal("waiting", parts.GetProperty("warmUp").GetString());
        Assert.Equal("ready", parts.GetProperty("calls").GetString());
        using var call = await service.AnswerAsync("/api/functions/any");
        (await Answer.OfAsync(call)).Problem(503, "not_ready");
        Assert.NotNull(call.Headers.RetryAfter);
    }
}
