using System.Net;
using Torch2Jax.WebApi.Tests.Support;

namespace Torch2Jax.WebApi.Tests;

[Collection(ServiceCollection.Name)]
public sealed class PageTests(ServiceFixture fixture)
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
    public async Task Without_its_database_the_service_is_alive_and_says_what_it_waits_for()
    {
        using var service = ServiceProcess.StartWithout("Host=127.0.0.1;Port=1;Username=nobody;Database=nothing");
        using var live = await service.AnswerAsync("/health/live");
        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        using var ready = await service.AnswerAsync("/health/ready");
        (await Answer.OfAsync(ready)).Problem(503, "not_ready");
        using var call = await service.AnswerAsync("/api/functions/any");
        (await Answer.OfAsync(call)).Problem(503, "not_ready");
        Assert.NotNull(call.Headers.RetryAfter);
    }
}
