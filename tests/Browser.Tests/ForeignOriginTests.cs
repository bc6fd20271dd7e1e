using System.Net;
using System.Text.Json;
using Torch2Jax.Browser.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Torch2Jax.Browser.Tests;

/// <summary>A page of another origin, open in the same browser, neither reads nor changes anything of the service.</summary>
[Collection(BrowserCollection.Name)]
public sealed class ForeignOriginTests(BrowserFixture browser)
{
    private readonly string stolen = Json.Registration("stolen", Json.Double);

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_cannot_read_what_the_service_answers(bool crossSite)
    {
        await using var site = await ForeignSite.StartAsync();
        await using var tab = await browser.OpenAsync();
        await tab.Page.GotoAsync(crossSite ? site.CrossSite : site.SameSite);
        foreach (var path in (string[])["/api/functions", "/health/live", "/metrics", "/swagger/v1/swagger.json", "/"])
        {
            var seen = await tab.Page.EvaluateAsync<string>(
                """
                async (address) => {
                  const out = [];
                  for (const mode of ["cors", "no-cors"]) {
                    try {
                      const answer = await fetch(address, { mode });
                      out.push(`${answer.type} ${answer.status} ${(await answer.text()).length}`);
                    } catch (error) {
                      out.push(error.name);
                    }
                  }
                  return out.join(", ");
                }
                """,
                new Uri(browser.Service.Address, path).AbsoluteUri
            );
            Assert.True(seen is "TypeError, opaque 0 0" or "TypeError, TypeError", $"{path}: {seen}");
        }
    }

    [SkippableTheory]
    [InlineData(false, "text/plain")]
    [InlineData(true, "text/plain")]
    [InlineData(false, "application/json")]
    [InlineData(true, "application/json")]
    [InlineData(true, "application/x-www-form-urlencoded")]
    public async Task It_cannot_register_a_function_by_fetch(bool crossSite, string type)
    {
        await using var site = await ForeignSite.StartAsync();
        await using var tab = await browser.OpenAsync();
        await tab.Page.GotoAsync(crossSite ? site.CrossSite : site.SameSite);
        var statuses = new List<int>();
        tab.Page.Response += (_, answer) => statuses.Add(answer.Status);
        await tab.Page.EvaluateAsync(
            """
            async ([address, body, type]) => {
              for (const mode of ["no-cors", "cors"]) {
                try {
                  await fetch(address, { method: "POST", mode, body, headers: { "Content-Type": type } });
                } catch {
                  // Refused by the browser or the service: what counts is what the service holds afterwards.
                }
              }
              navigator.sendBeacon(address, new Blob([body], { type: "text/plain" }));
            }
            """,
            new[] { new Uri(browser.Service.Address, "/api/functions").AbsoluteUri, stolen, type }
        );
        Assert.DoesNotContain(statuses, status => status is 200 or 201);
        await NothingIsStolenAsync();
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_cannot_register_a_function_by_sending_a_form(bool crossSite)
    {
        await using var site = await ForeignSite.StartAsync();
        await using var tab = await browser.OpenAsync();
        await tab.Page.GotoAsync(crossSite ? site.CrossSite : site.SameSite);
        var arrived = tab.Page.WaitForResponseAsync(answer => answer.Request.Method == "POST");

        // The classic trick: a field whose name and value join to JSON in a text/plain body.
        await tab.Page.EvaluateAsync(
            """
            ([address, body]) => {
              const form = document.createElement("form");
              Object.assign(form, { action: address, method: "post", enctype: "text/plain" });
              const field = document.createElement("input");
              field.name = body.slice(0, -1) + ',"description":"';
              field.value = '"}';
              form.append(field);
              document.body.append(form);
              form.submit();
            }
            """,
            new[] { new Uri(browser.Service.Address, "/api/functions").AbsoluteUri, stolen }
        );
        Assert.Equal(403, (await arrived).Status);
        await NothingIsStolenAsync();
    }

    [SkippableFact]
    public async Task A_name_rebound_to_this_machine_is_refused()
    {
        await using var tab = await browser.OpenAsync();
        var rebound = $"http://rebound.example:{browser.Service.Address.Port}";
        var page = await tab.Page.GotoAsync(rebound + "/");
        Assert.Equal(403, page!.Status);

        // The attacker's page would now be of the same origin as the service, by name.
        var answer = await tab.Page.EvaluateAsync<JsonElement>(
            """
            async (body) => {
              const read = await fetch("/api/functions");
              const write = await fetch("/api/functions", { method: "POST", body, headers: { "Content-Type": "application/json" } });
              return { read: read.status, write: write.status, code: (await read.json()).code };
            }
            """,
            stolen
        );
        Assert.Equal(403, answer.GetProperty("read").GetInt32());
        Assert.Equal(403, answer.GetProperty("write").GetInt32());
        Assert.Equal("forbidden", answer.GetProperty("code").GetString());
        await NothingIsStolenAsync();
    }

    [SkippableFact]
    public async Task It_cannot_frame_the_page()
    {
        await using var site = await ForeignSite.StartAsync();
        await using var tab = await browser.OpenAsync();
        await tab.Page.GotoAsync(site.SameSite);
        await tab.Page.EvaluateAsync(
            """
            (address) => new Promise((done) => {
              const frame = document.createElement("iframe");
              frame.onload = done;
              frame.src = address;
              document.body.append(frame);
            })
            """,
            browser.Service.Address.AbsoluteUri
        );
        await Expect(tab.Page.FrameLocator("iframe").Locator("#state")).ToHaveCountAsync(0);
        Assert.Contains(
            tab.Faults,
            fault =>
                fault.Contains("frame-ancestors", StringComparison.Ordinal)
                || fault.Contains("Framing", StringComparison.Ordinal)
        );
    }

    private async Task NothingIsStolenAsync() =>
        Assert.Equal(HttpStatusCode.NotFound, (await browser.Service.GetAsync("/api/functions/stolen")).Status);
}
