using Microsoft.Playwright;
using Torch2Jax.Browser.Tests.Support;
using Torch2Jax.Registry.Keys;
using static Microsoft.Playwright.Assertions;

namespace Torch2Jax.Browser.Tests;

/// <summary>A service with keys asks for one, and the page does with it what its role allows.</summary>
[Collection(BrowserCollection.Name)]
public sealed class KeyTests(BrowserFixture browser)
{
    [SkippableFact]
    public async Task Signing_in_shows_the_page_and_an_invokers_key_calls_from_its_form()
    {
        await using var tab = await browser.OpenAsync();
        await using var service = await StartAsync();
        await SignInAsync(tab, service, KeyRole.Invoker);
        await tab.Button("kept").ClickAsync();
        await tab["#args"].FillAsync("""[{"dtype":"float32","shape":[1],"data":[4]}]""");
        await tab.Button("Call").ClickAsync();
        await Expect(tab["#outputs"]).ToContainTextAsync("[8]");
        Assert.All(tab.Faults, RefusalAlone);
    }

    [SkippableFact]
    public async Task A_readers_call_is_shown_as_forbidden()
    {
        await using var tab = await browser.OpenAsync();
        await using var service = await StartAsync();
        await SignInAsync(tab, service, KeyRole.Reader);
        await tab.Button("kept").ClickAsync();
        await tab.Button("Call").ClickAsync();
        await Expect(tab["#outcome"]).ToContainTextAsync("forbidden");
        Assert.All(tab.Faults, RefusalAlone);
    }

    [SkippableFact]
    public async Task A_key_that_is_forgotten_is_asked_for_again()
    {
        await using var tab = await browser.OpenAsync();
        await using var service = await StartAsync();
        await SignInAsync(tab, service, KeyRole.Invoker);
        await tab.Button("API key").ClickAsync();
        await tab.Button("Forget").ClickAsync();
        await Expect(tab["#state"]).ToHaveTextAsync("key needed");
        await Expect(tab["#banner"]).ToHaveTextAsync("This service wants a key.");

        var key = (await service.AddKeyAsync(KeyRole.Reader)).Text;
        await tab["#key"].FillAsync(key);
        await tab.Button("Use").ClickAsync();
        await Expect(tab["#state"]).ToHaveTextAsync("ready");
    }

    [SkippableFact]
    public async Task A_key_that_is_wrong_is_said_to_be()
    {
        await using var tab = await browser.OpenAsync();
        await using var service = await StartAsync();
        await tab.GoAsync(service);
        await tab["#key"].FillAsync("t2j_wrong");
        await tab.Button("Sign in").ClickAsync();
        await Expect(tab["#reason"]).Not.ToBeEmptyAsync();
        await Expect(tab["#key"]).ToBeVisibleAsync();
        Assert.All(tab.Faults, RefusalAlone);
    }

    private async Task<RunningService> StartAsync()
    {
        var service = await browser.StartEmptyAsync();
        await service.RegisterAsync("kept", Json.Double);
        await service.AddKeyAsync(KeyRole.Author);
        return service;
    }

    private static async Task SignInAsync(Tab tab, RunningService service, KeyRole role)
    {
        var key = (await service.AddKeyAsync(role)).Text;
        await tab.GoAsync(service);
        await tab["#key"].FillAsync(key);
        await tab.Button("Sign in").ClickAsync();
        await Expect(tab["#state"]).ToHaveTextAsync("ready");
    }

    // The browser itself reports answers that are no success; nothing else may have gone wrong.
    private static void RefusalAlone(string fault) =>
        Assert.Matches("the server responded with a status of 40[13]", fault);
}
