using Microsoft.Playwright;
using Torch2Jax.Browser.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Torch2Jax.Browser.Tests;

[Collection(BrowserCollection.Name)]
public sealed class SwaggerTests(BrowserFixture browser)
{
    private const string Path = "/swagger/index.html";

    [SkippableFact]
    public async Task Try_it_out_registers_the_sample_and_calls_it_as_prefilled()
    {
        await using var tab = await browser.OpenAsync();
        await using var service = await browser.StartEmptyAsync();
        await tab.GoAsync(service, Path);

        var registered = await ExecuteAsync(tab, "#operations-Functions-registerFunction");
        await Expect(registered.Locator(".response-col_status")).ToContainTextAsync("201");
        await Expect(registered).ToContainTextAsync("\"name\": \"cross_entropy\"");

        var called = await ExecuteAsync(tab, "#operations-Calling-invoke");
        await Expect(called.Locator(".response-col_status")).ToContainTextAsync("200");
        await Expect(called).ToContainTextAsync("1.9202995");
        Assert.Empty(tab.Faults);
    }

    [SkippableFact]
    public async Task Every_operation_of_the_document_is_shown_with_its_summary()
    {
        await using var tab = await browser.OpenAsync();
        await tab.GoAsync(browser.Service, Path);
        var paths = (await browser.Service.GetAsync("/swagger/v1/swagger.json")).Good().GetProperty("paths");
        var wanted = paths
            .EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject())
            .Select(operation => operation.Value.GetProperty("summary").GetString()!)
            .Order(StringComparer.Ordinal);

        await Expect(tab[".opblock"]).ToHaveCountAsync(wanted.Count());
        var shown = await tab[".opblock .opblock-summary-description"].AllInnerTextsAsync();
        Assert.Equal(wanted, shown.Select(text => text.Trim()).Order(StringComparer.Ordinal));
        Assert.Empty(tab.Faults);
    }

    // Opens an operation, sends what stands there, and gives the part of the page with the answer.
    private static async Task<ILocator> ExecuteAsync(Tab tab, string operation)
    {
        var block = tab[operation];
        await block.Locator(".opblock-summary-control").ClickAsync();
        await block.Locator(".try-out__btn").ClickAsync();
        await block.Locator("button.execute").ClickAsync();
        var answer = block.Locator(".live-responses-table tbody");
        await Expect(answer).ToBeVisibleAsync(new LocatorAssertionsToBeVisibleOptions { Timeout = 30_000 });
        return answer;
    }
}
