using Torch2Jax.WebApi.Hosting;
using Torch2Jax.WebApi.Tests.Support;

namespace Torch2Jax.WebApi.Tests;

[Collection(ServiceCollection.Name)]
public sealed class SecurityTests(ServiceFixture fixture)
{
    private readonly RunningService service = fixture.Service;

    [Theory]
    [InlineData("Host", "evil.example")]
    [InlineData("Origin", "http://evil.example")]
    [InlineData("Origin", "null")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    public async Task A_foreign_page_is_refused(string header, string value)
    {
        foreach (var path in (string[])["/api/functions", "/swagger/index.html", "/health/live"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.TryAddWithoutValidation(header, value);
            (await service.SendAsync(request)).Problem(403, "forbidden");
        }
    }

    [Fact]
    public async Task A_foreign_origin_on_this_machine_is_refused_and_our_own_is_not()
    {
        using var other = new HttpRequestMessage(HttpMethod.Get, "/api/functions");
        other.Headers.TryAddWithoutValidation("Origin", "http://127.0.0.1:1");
        (await service.SendAsync(other)).Problem(403, "forbidden");
        using var own = new HttpRequestMessage(HttpMethod.Get, "/api/functions");
        own.Headers.TryAddWithoutValidation("Origin", service.Address.GetLeftPart(UriPartial.Authority));
        own.Headers.TryAddWithoutValidation("Sec-Fetch-Site", "same-origin");
        (await service.SendAsync(own)).Good();
    }

    [Fact]
    public async Task Answers_tell_browsers_to_guess_and_frame_nothing()
    {
        var answer = await service.GetAsync("/api/functions");
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
        Assert.Contains(
            "frame-ancestors 'none'",
            Assert.Single(answer.Headers.GetValues("Content-Security-Policy")),
            StringComparison.Ordinal
        );
        Assert.False(answer.Headers.Contains("Server"));
        Assert.False(answer.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Theory]
    [InlineData("http://127.0.0.1:5080", true)]
    [InlineData("http://localhost:5080", true)]
    [InlineData("http://[::1]:5080", true)]
    [InlineData("http://127.1.2.3:5080", true)]
    [InlineData("http://0.0.0.0:5080", false)]
    [InlineData("http://*:5080", false)]
    [InlineData("http://[::]:5080", false)]
    [InlineData("http://192.168.1.2:5080", false)]
    public void Only_loopback_needs_no_word_of_the_operator(string url, bool loopback) =>
        Assert.Equal(loopback, ListenAddresses.IsLoopback(url));
}
