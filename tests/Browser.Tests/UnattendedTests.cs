using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Playwright;
using Torch2Jax.Browser.Tests.Support;
using Torch2Jax.Registry.Keys;
using Torch2Jax.WebApi.Tests.Batches;
using static Microsoft.Playwright.Assertions;

namespace Torch2Jax.Browser.Tests;

/// <summary>
/// Batches and schedules on the page: how far they are, and buttons for those who may. T2J_SCREENSHOTS names a folder for
/// pictures of it.
/// </summary>
[Collection(BrowserCollection.Name)]
public sealed class UnattendedTests(BrowserFixture browser) : IDisposable
{
    private const string Picky =
        "def picky(x: Tensor) -> Tensor:\n    if bool((x > 1.0).any()):\n        raise ValueError('larger than one')\n    return x\n";

    private readonly BatchPlace place = new();

    public void Dispose() => place.Dispose();

    [SkippableFact]
    public async Task A_batch_is_followed_cancelled_and_resumed_on_the_page()
    {
        await using var tab = await browser.OpenAsync();
        await using var service = await StartAsync(files: 200);
        (await service.PostAsync("/api/batches", Batch("slow", "long"))).Good(HttpStatusCode.Accepted);
        await tab.GoAsync(service);
        var row = Row(tab, "#batch-rows", "long");
        await Expect(row).ToContainTextAsync("slow@1");
        await Expect(row.Locator(".pill")).ToHaveTextAsync("running");
        await Expect(row.Locator("[data-label=Progress]"))
            .ToHaveTextAsync(new System.Text.RegularExpressions.Regex("^[1-9][0-9]* of 200$"));
        await Expect(row.Locator("[data-label='Chunks/s']"))
            .ToHaveTextAsync(new System.Text.RegularExpressions.Regex("^[0-9.]+$"));

        await tab.Button("Cancel long").ClickAsync();
        await Expect(row.Locator(".pill")).ToHaveTextAsync("cancelled");
        await tab.Button("Resume long").ClickAsync();
        await Expect(row.Locator(".pill")).ToHaveTextAsync("running");
        await Expect(tab["#batch-problem"]).ToBeHiddenAsync();
        Assert.Empty(tab.Faults);
    }

    [SkippableFact]
    public async Task A_schedule_is_shown_with_its_times_and_its_last_batch_and_is_paused_and_run_by_buttons()
    {
        await using var tab = await browser.OpenAsync();
        await using var service = await StartAsync(files: 2);
        await AddAsync(service, "nightly", cron: "0 30 3 * * ?", zone: "Europe/Berlin");
        await tab.GoAsync(service);
        var row = Row(tab, "#schedule-rows", "nightly");
        await Expect(row).ToContainTextAsync("0 30 3 * * ? Europe/Berlin");
        await Expect(row.Locator("[data-label=Next]")).ToContainTextAsync("in ");
        await tab.Button("Pause nightly").ClickAsync();
        await Expect(row.Locator("[data-label=Next]")).ToHaveTextAsync("paused");
        await tab.Button("Run now nightly").ClickAsync();
        await Expect(row.Locator("[data-label=Last] .pill")).ToHaveTextAsync("completed");
        await Expect(Row(tab, "#batch-rows", "double")).ToContainTextAsync("schedule nightly");
        await tab.Button("Resume nightly").ClickAsync();
        await Expect(row.Locator("[data-label=Next]")).ToContainTextAsync("in ");
        Assert.Empty(tab.Faults);
    }

    [SkippableFact]
    public async Task What_a_role_may_not_do_has_no_button()
    {
        await using var tab = await browser.OpenAsync();
        await using var service = await StartAsync(files: 2);
        await AddAsync(service, "nightly", cron: "0 30 3 * * ?");
        (await service.PostAsync("/api/batches", Batch("picky", "bad"))).Good(HttpStatusCode.Accepted);
        var keys = new Dictionary<KeyRole, string>();
        foreach (var role in (KeyRole[])[KeyRole.Reader, KeyRole.Author, KeyRole.Admin])
        {
            keys[role] = (await service.AddKeyAsync(role)).Text;
        }

        await tab.GoAsync(service);
        await tab["#key"].FillAsync(keys[KeyRole.Reader]);
        await tab.Button("Sign in").ClickAsync();
        await Expect(Row(tab, "#batch-rows", "bad").Locator(".pill")).ToHaveTextAsync("failed");
        await Expect(Row(tab, "#batch-rows", "bad")).ToContainTextAsync("larger than one");
        await Expect(tab["#unattended button"]).ToHaveCountAsync(0);
        foreach (var (role, buttons) in new[] { (KeyRole.Author, 1), (KeyRole.Admin, 3) })
        {
            await tab.Button("API key").ClickAsync();
            await tab["#key"].FillAsync(keys[role]);
            await tab.Button("Use").ClickAsync();
            await Expect(tab["#unattended button"]).ToHaveCountAsync(buttons);
        }
    }

    [SkippableFact]
    public async Task A_service_without_batches_shows_neither()
    {
        await using var tab = await browser.OpenAsync();
        await tab.GoAsync(browser.Service);
        await Expect(tab["#state"]).ToHaveTextAsync("ready");
        await Expect(tab["#unattended"]).ToBeHiddenAsync();
        Assert.Empty(tab.Faults);
    }

    [SkippableTheory]
    [InlineData(400, ColorScheme.Light)]
    [InlineData(1280, ColorScheme.Light)]
    [InlineData(1280, ColorScheme.Dark)]
    public async Task Nothing_is_wider_than_the_window(int width, ColorScheme scheme)
    {
        await using var tab = await browser.OpenAsync(width, scheme);
        await using var service = await StartAsync(files: 60);
        foreach (
            var (function, name) in new[]
            {
                ("double", "nightly-digits"),
                ("picky", "picky-ones"),
                ("slow", "a.long.batch.over.many.files"),
            }
        )
        {
            (await service.PostAsync("/api/batches", Batch(function, name))).Good(HttpStatusCode.Accepted);
        }

        await AddAsync(service, "nightly", cron: "0 30 3 * * ?", zone: "Europe/Berlin");
        await AddAsync(service, "often", everySeconds: 300);
        await AddAsync(service, "rests", everySeconds: 5, paused: true);
        (await service.PostAsync("/api/schedules/often/run", "")).Good(HttpStatusCode.Accepted);
        await tab.GoAsync(service);
        await Expect(tab["#schedule-rows tr"]).ToHaveCountAsync(3);
        await Expect(Row(tab, "#batch-rows", "picky-ones").Locator(".pill")).ToHaveTextAsync("failed");
        await Expect(Row(tab, "#batch-rows", "a.long.batch").Locator("[data-label='Chunks/s']"))
            .Not.ToHaveTextAsync("–");
        var wide = await tab.Page.EvaluateAsync<int>("document.documentElement.scrollWidth");
        Assert.True(wide <= width, $"the page is {wide} wide in a window of {width}");
        if (Environment.GetEnvironmentVariable("T2J_SCREENSHOTS") is { Length: > 0 } folder)
        {
            var path = Path.Combine(folder, $"page-{width}-{scheme}.png");
            await tab.Page.ScreenshotAsync(new PageScreenshotOptions { Path = path, FullPage = true });
        }

        Assert.Empty(tab.Faults);
    }

    private static ILocator Row(Tab tab, string body, string text) =>
        tab[$"{body} tr"].Filter(new LocatorFilterOptions { HasText = text }).First;

    private static string Batch(string function, string name)
    {
        var manifest = BatchPlace.Manifest(function);
        manifest["name"] = name;
        manifest["retries"] = 0;
        manifest["output"]!["files"] = $"{name}/{{stem}}.npy";
        return new JsonObject { ["manifest"] = manifest }.ToJsonString();
    }

    private static async Task AddAsync(
        RunningService service,
        string name,
        string? cron = null,
        string? zone = null,
        int? everySeconds = null,
        bool? paused = null
    ) =>
        (
            await service.PostAsync(
                "/api/schedules",
                BatchPlace.Schedule(name, cron, zone, everySeconds, "double", paused)
            )
        ).Good(HttpStatusCode.Created);

    private async Task<RunningService> StartAsync(int files)
    {
        for (var i = 0; i < files; i++)
        {
            place.Write($"in/{i:D3}.npy");
        }

        var service = await browser.StartEmptyAsync(("Batches:Roots", place.Root), ("Batches:AtOnce", "4"));
        await service.RegisterAsync("double", Json.Double);
        await service.RegisterAsync("slow", BatchPlace.Slow);
        await service.RegisterAsync("picky", Picky);
        return service;
    }
}
