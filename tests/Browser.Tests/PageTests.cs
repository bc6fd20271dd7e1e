using System.Diagnostics;
using Microsoft.Playwright;
using Torch2Jax.Browser.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Torch2Jax.Browser.Tests;

/// <summary>The page at "/": what it shows of a service, and that it follows it without being loaded again.</summary>
[Collection(BrowserCollection.Name)]
public sealed class PageTests(BrowserFixture browser)
{
    private static readonly LocatorAssertionsToHaveAttributeOptions Soon = new() { Timeout = 30_000 };

    [SkippableFact]
    public async Task An_empty_service_shows_a_command_that_registers_a_function_as_typed()
    {
        await using var tab = await browser.OpenAsync();
        await using var service = await browser.StartEmptyAsync();
        await tab.GoAsync(service);
        await Expect(tab["#state"]).ToHaveTextAsync("ready");
        await Expect(tab["#none"]).ToBeVisibleAsync();
        await Expect(tab["#list"]).ToBeHiddenAsync();

        var command = await tab["#curl"].InnerTextAsync();
        using var shell = Process.Start(
            new ProcessStartInfo("bash", ["-c", command])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        var output = await shell.StandardOutput.ReadToEndAsync();
        await shell.WaitForExitAsync();
        Assert.True(shell.ExitCode == 0, output);

        await Expect(tab.Button("double")).ToBeVisibleAsync();
        await Expect(tab["#none"]).ToBeHiddenAsync();
        Assert.Empty(tab.Faults);
    }

    [SkippableFact]
    public async Task A_function_registered_over_REST_is_listed_with_its_signature_and_newest_version()
    {
        await using var tab = await browser.OpenAsync();
        await tab.GoAsync(browser.Service);
        await Expect(tab["#state"]).ToHaveTextAsync("ready");
        await browser.Service.RegisterAsync("listed", "def f(x: Tensor, n: int = 2) -> Tensor:\n    return x * n\n");
        var row = tab["#rows tr"].Filter(new LocatorFilterOptions { Has = tab.Button("listed") });
        await Expect(row).ToContainTextAsync("f(x: Tensor, n: int = 2) -> Tensor");
        await Expect(row).ToContainTextAsync("@1");
        await browser.Service.RegisterAsync("listed", "def f(x: Tensor) -> Tensor:\n    return x\n");
        await Expect(row).ToContainTextAsync("@2");

        await tab.Button("listed").ClickAsync();
        await Expect(tab["#version option"]).ToHaveTextAsync(["2", "1"]);
        await tab["#version"].SelectOptionAsync("1");
        await Expect(tab["#signature"]).ToHaveTextAsync("f(x: Tensor, n: int = 2) -> Tensor");
        Assert.Empty(tab.Faults);
    }

    [SkippableFact]
    public async Task Plots_move_when_functions_are_called()
    {
        await using var tab = await browser.OpenAsync();
        await using var service = await browser.StartEmptyAsync();
        await service.RegisterAsync("moving", Json.Double);
        await tab.GoAsync(service, "/#moving");
        await Expect(tab["#plot-calls b"]).ToHaveTextAsync("0 /s");
        await Expect(tab["#plot-latency"]).ToHaveAttributeAsync("data-points", "0");

        for (var i = 0; i < 100; i++)
        {
            (await service.PostAsync("/api/functions/moving/invoke", Json.Call(Json.Floats(1, 2)))).Good();
        }

        foreach (var plot in (string[])["#plot-calls", "#plot-function-calls"])
        {
            await Expect(tab[$"{plot} b"]).Not.ToHaveTextAsync("0 /s", new() { Timeout = 30_000 });
            await Expect(tab[$"{plot} path.line-0"])
                .ToHaveAttributeAsync("d", new System.Text.RegularExpressions.Regex("L"), Soon);
        }

        await Expect(tab["#plot-latency"]).Not.ToHaveAttributeAsync("data-points", "0", Soon);
        await Expect(tab["#plot-function-latency"]).Not.ToHaveAttributeAsync("data-points", "0", Soon);
        var row = tab["#rows tr"].Filter(new LocatorFilterOptions { Has = tab.Button("moving") });
        await Expect(row.Locator("[data-label=Calls]")).ToHaveTextAsync("100");
        await Expect(tab["#entries tr"]).ToHaveCountAsync(1);
        await Expect(tab["#entries [data-label=Hits]"]).ToHaveTextAsync("99", new() { Timeout = 30_000 });
        Assert.Empty(tab.Faults);
    }

    [SkippableFact]
    public async Task A_service_that_is_away_is_said_to_be_and_is_found_again()
    {
        await using var tab = await browser.OpenAsync();
        await tab.GoAsync(browser.Service);
        await Expect(tab["#state"]).ToHaveTextAsync("ready");
        await tab.OfflineAsync(true);
        await Expect(tab["#state"]).ToHaveTextAsync("away");
        await Expect(tab["#banner"]).ToContainTextAsync("does not answer");
        await tab.OfflineAsync(false);
        await Expect(tab["#state"]).ToHaveTextAsync("ready");
        await Expect(tab["#banner"]).ToBeHiddenAsync();
    }

    [SkippableFact]
    public async Task Devices_and_what_the_service_runs_on_are_told()
    {
        await using var tab = await browser.OpenAsync();
        await tab.GoAsync(browser.Service);
        await Expect(tab["#facts"]).ToContainTextAsync("cpu");
        await Expect(tab["#facts"]).ToContainTextAsync("available");
    }

    [SkippableFact]
    public async Task The_page_can_be_used_with_the_keyboard_alone()
    {
        await using var tab = await browser.OpenAsync();
        await browser.Service.RegisterAsync("keyboard", Json.Double);
        await tab.GoAsync(browser.Service);
        await tab["#prefix"].FocusAsync();
        await tab.Page.Keyboard.TypeAsync("keyboard");
        await Expect(tab["#rows tr"]).ToHaveCountAsync(1);
        await tab.Page.Keyboard.PressAsync("Tab");
        await Expect(tab.Button("keyboard")).ToBeFocusedAsync();
        await tab.Page.Keyboard.PressAsync("Enter");
        await Expect(tab["#chosen"]).ToBeFocusedAsync();
        await tab["#args"].FillAsync("[{\"dtype\":\"float32\",\"shape\":[],\"data\":[21]}]");
        await tab["#send"].FocusAsync();
        await tab.Page.Keyboard.PressAsync("Enter");
        await Expect(tab["#outputs"]).ToContainTextAsync("[42]");
        Assert.Empty(tab.Faults);
    }

    [SkippableTheory]
    [InlineData(400)]
    [InlineData(1200)]
    public async Task Nothing_is_wider_than_the_window_and_every_control_has_a_name(int width)
    {
        await using var tab = await browser.OpenAsync(width);
        await browser.Service.RegisterAsync("a.name.long.enough.to.need.more.than.one.line.of.a.phone", Json.Double);
        await tab.GoAsync(browser.Service, "/#a.name.long.enough.to.need.more.than.one.line.of.a.phone");
        await Expect(tab["#detail"]).ToBeVisibleAsync();
        await Expect(tab["#rows tr"].First).ToBeVisibleAsync();
        await Expect(tab["#entries"]).ToBeAttachedAsync();
        var wide = await tab.Page.EvaluateAsync<int>("document.documentElement.scrollWidth");
        Assert.True(wide <= width, $"the page is {wide} wide in a window of {width}");
        var nameless = await tab.Page.EvaluateAsync<string[]>(
            """
            [...document.querySelectorAll("button, input, select, textarea, a, [role=img]")]
              .filter((e) => !(e.getAttribute("aria-label") || e.textContent.trim() || [...(e.labels ?? [])].some((l) => l.textContent.trim())))
              .map((e) => e.outerHTML)
            """
        );
        Assert.Empty(nameless);
        Assert.Empty(tab.Faults);
    }

    [SkippableFact]
    public async Task The_page_is_dark_where_the_reader_wants_it_dark()
    {
        await using var light = await browser.OpenAsync();
        await using var dark = await browser.OpenAsync(scheme: ColorScheme.Dark);
        Assert.True(await BrightnessAsync(light) > 600);
        Assert.True(await BrightnessAsync(dark) < 150);

        async Task<int> BrightnessAsync(Tab tab)
        {
            await tab.GoAsync(browser.Service);
            return await tab.Page.EvaluateAsync<int>(
                "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number).reduce((a, b) => a + b)"
            );
        }
    }
}
