using System.Net;
using Torch2Jax.Registry.Keys;
using Torch2Jax.WebApi.Hosting;
using Torch2Jax.WebApi.Security;
using Torch2Jax.WebApi.Tests.Support;

namespace Torch2Jax.WebApi.Tests.Keys;

/// <summary>Signing in, and pages of other origins.</summary>
[Collection(ServiceCollection.Name)]
public sealed class BrowserTests(ServiceFixture fixture)
{
    [Theory]
    [InlineData("/", "/")]
    [InlineData("/swagger/index.html", "/swagger")]
    public async Task A_browser_without_a_key_is_asked_for_one_and_then_sees_the_page(string path, string to)
    {
        await using var service = await fixture.StartAsync(ServiceFixture.NewSchema());
        var key = (await service.AddKeyAsync(KeyRole.Reader)).Text;
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false })
        {
            BaseAddress = service.Address,
            DefaultRequestHeaders = { { "Accept", "text/html,application/xhtml+xml" } },
        };
        using var asked = await client.GetAsync(path);
        var page = await asked.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.Unauthorized, asked.StatusCode);
        Assert.Equal("text/html", asked.Content.Headers.ContentType!.MediaType);
        Assert.Contains("action=\"/session\"", page, StringComparison.Ordinal);
        Assert.Contains($"value=\"{to}\"", page, StringComparison.Ordinal);
        // Otherwise the form would come with 'Origin: null', and be refused.
        Assert.Equal("same-origin", Assert.Single(asked.Headers.GetValues("Referrer-Policy")));

        using var wrong = await client.PostAsync("/session", Form(KeyText.Mark + "wrong", to));
        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        Assert.False(wrong.Headers.Contains("Set-Cookie"));
        using var signedIn = await client.PostAsync("/session", Form(key, to));
        Assert.Equal(HttpStatusCode.SeeOther, signedIn.StatusCode);
        Assert.Equal(to, signedIn.Headers.Location!.OriginalString);
        var cookie = Assert.Single(signedIn.Headers.GetValues("Set-Cookie"));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        using var seen = await client.GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, seen.StatusCode);
        using var data = await client.GetAsync("/api/functions");
        Assert.Equal(HttpStatusCode.OK, data.StatusCode);

        using var signedOut = await client.PostAsync("/session", Form("", "http://evil.example"));
        Assert.Equal("/", signedOut.Headers.Location!.OriginalString);
        using var again = await client.GetAsync(path);
        Assert.Equal(HttpStatusCode.Unauthorized, again.StatusCode);
    }

    [Fact]
    public async Task Nothing_is_changed_or_called_on_a_cookie()
    {
        await using var service = await fixture.StartAsync(ServiceFixture.NewSchema());
        var admin = (await service.AddKeyAsync(KeyRole.Admin)).Text;
        foreach (
            var (method, path) in new[]
            {
                ("POST", "/api/functions"),
                ("POST", "/api/functions/f/invoke"),
                ("DELETE", "/api/functions/f"),
                ("POST", "/api/keys"),
            }
        )
        {
            using var request = KeyedService.Request(method, path, null, "{}");
            request.Headers.Add("Cookie", $"{PresentedKey.Cookie}={admin}");
            (await service.SendAsync(request)).Problem(401, "unauthenticated");
        }
    }

    [Fact]
    public async Task A_foreign_page_cannot_sign_anybody_in()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/session") { Content = Form("x", "/") };
        request.Headers.Add("Origin", "http://evil.example");
        (await fixture.Service.SendAsync(request)).Problem(403, "forbidden");
        (await fixture.Service.PostAsync("/session", "{}")).Problem(415, "unsupported_media_type");
    }

    [Fact]
    public async Task An_allowed_origin_may_ask_and_call_and_no_other_may()
    {
        const string app = "https://app.example";
        await using var service = await fixture.StartAsync(
            ServiceFixture.NewSchema(),
            ("Security:AllowedOrigins", $"{app};http://localhost:3000/")
        );
        var key = (await service.AddKeyAsync(KeyRole.Reader)).Text;

        var preflight = await FromAsync(service, "OPTIONS", app, null);
        Assert.Equal(HttpStatusCode.NoContent, preflight.Status);
        Assert.Equal(app, Single(preflight, "Access-Control-Allow-Origin"));
        Assert.Contains(
            "authorization",
            Single(preflight, "Access-Control-Allow-Headers"),
            StringComparison.OrdinalIgnoreCase
        );
        Assert.False(preflight.Headers.Contains("Access-Control-Allow-Credentials"));
        var good = await FromAsync(service, "GET", app, key);
        good.Good();
        Assert.Equal(app, Single(good, "Access-Control-Allow-Origin"));
        // A page must be able to read why it was refused.
        var refused = await FromAsync(service, "GET", "http://localhost:3000", null);
        refused.Problem(401, "unauthenticated");
        Assert.Equal("http://localhost:3000", Single(refused, "Access-Control-Allow-Origin"));

        foreach (var method in (string[])["OPTIONS", "GET"])
        {
            var foreign = await FromAsync(service, method, "https://evil.example", key);
            foreign.Problem(403, "forbidden");
            Assert.False(foreign.Headers.Contains("Access-Control-Allow-Origin"));
        }

        (await FromAsync(fixture.Service, "OPTIONS", app, null)).Problem(403, "forbidden");
    }

    [Theory]
    [InlineData("*")]
    [InlineData("app.example")]
    [InlineData("https://app.example/path")]
    [InlineData("ftp://app.example")]
    public void What_is_no_origin_is_refused_at_the_start(string setting) =>
        Assert.Contains(
            setting,
            Assert.Throws<StartException>(() => new AllowedOrigins(setting)).Message,
            StringComparison.Ordinal
        );

    private static FormUrlEncodedContent Form(string key, string to) =>
        new(new Dictionary<string, string> { ["key"] = key, ["to"] = to });

    private static string Single(Answer answer, string header) => Assert.Single(answer.Headers.GetValues(header));

    private static async Task<Answer> FromAsync(RunningService service, string method, string origin, string? key)
    {
        using var request = KeyedService.Request(method, "/api/functions", key);
        request.Headers.Add("Origin", origin);
        request.Headers.Add("Sec-Fetch-Site", "cross-site");
        if (method == "OPTIONS")
        {
            request.Headers.Add("Access-Control-Request-Method", "GET");
            request.Headers.Add("Access-Control-Request-Headers", "authorization");
        }

        return await service.SendAsync(request);
    }
}
