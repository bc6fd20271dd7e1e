using Microsoft.Playwright;
using Torch2Jax.Browser.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Torch2Jax.Browser.Tests;

/// <summary>The page's form calls functions and shows what came out, or what was wrong.</summary>
[Collection(BrowserCollection.Name)]
public sealed class CallFormTests(BrowserFixture browser)
{
    [SkippableFact]
    public async Task The_form_is_filled_from_the_example_and_its_call_shows_the_result()
    {
        await using var tab = await OpenAsync("twice", Json.Double, """[{"dtype":"float32","shape":[2,2]}]""");
        await Expect(tab["#filled"]).ToContainTextAsync("example");
        await Expect(tab["#args"]).ToHaveValueAsync(new System.Text.RegularExpressions.Regex("\"shape\":\\[2,2\\]"));
        await tab.Button("Call").ClickAsync();
        await Expect(tab["#outcome"]).ToContainTextAsync("twice@1");
        await Expect(tab["#outcome"]).ToContainTextAsync("float32[2, 2]");

        await tab["#args"].FillAsync("""[{"dtype":"float32","shape":[2,2],"data":[1,2,3,4.5]}]""");
        await tab.Button("Call").ClickAsync();
        await Expect(tab["#outputs"]).ToContainTextAsync("[2, 4, 6, 9]");
        await Expect(tab["#outcome"]).ToContainTextAsync("hit");
        await Expect(tab["#entries tr"]).ToHaveCountAsync(1);
        Assert.Empty(tab.Faults);
    }

    [SkippableFact]
    public async Task A_transform_is_added_by_its_button()
    {
        const string source = "def f(x: Tensor) -> Tensor:\n    return (x * x * x).sum()\n";
        await using var tab = await OpenAsync("cubes", source, """[{"dtype":"float64","shape":[3]}]""");
        await tab["#args"].FillAsync("""[{"dtype":"float64","shape":[3],"data":[1,2,3]}]""");
        await tab.Button("+ grad").ClickAsync();
        await tab.Button("Call").ClickAsync();
        await Expect(tab["#outputs"]).ToContainTextAsync("[3, 12, 27]");
        await tab.Button("none").ClickAsync();
        await tab.Button("+ hessian").ClickAsync();
        await tab.Button("Call").ClickAsync();
        await Expect(tab["#outputs"]).ToContainTextAsync("[6, 0, 0, 0, 12, 0, 0, 0, 18]");
        Assert.Empty(tab.Faults);
    }

    [SkippableFact]
    public async Task Whole_numbers_of_64_bits_keep_every_digit()
    {
        await using var tab = await OpenAsync("exact", Json.Double, """[{"dtype":"int64","shape":[]}]""");
        await tab["#args"].FillAsync("""[{"dtype":"int64","shape":[],"data":[4503599627370497001]}]""");
        await tab.Button("Call").ClickAsync();
        await Expect(tab["#outputs"]).ToContainTextAsync("[9007199254740994002]");
    }

    [SkippableFact]
    public async Task What_the_service_refuses_is_shown_with_its_code_and_place()
    {
        await using var tab = await OpenAsync("refuses", Json.Double, """[{"dtype":"float32","shape":[2]}]""");
        await tab["#args"].FillAsync("""[{"dtype":"float32","shape":[2],"data":[1]}]""");
        await tab.Button("Call").ClickAsync();
        await Expect(tab["#outcome"]).ToContainTextAsync("malformed_request");
        await Expect(tab["#outcome"]).ToContainTextAsync("400");
        await Expect(tab["#problem"]).ToContainTextAsync("args[0].data");

        await tab["#args"].FillAsync("""[[{"dtype":"float32","shape":[2],"data":[1,2]}]]""");
        await tab.Button("Call").ClickAsync();
        await Expect(tab["#outcome"]).ToContainTextAsync("structure_mismatch");
        await Expect(tab["#outputs"]).ToBeHiddenAsync();

        // The browser itself reports answers that are no success; nothing else went wrong.
        Assert.All(
            tab.Faults,
            fault => Assert.Contains("the server responded with a status of 4", fault, StringComparison.Ordinal)
        );
    }

    [SkippableFact]
    public async Task Text_that_is_not_JSON_is_said_to_be_none_and_not_sent()
    {
        await using var tab = await OpenAsync("typed", Json.Double, """[{"dtype":"float32","shape":[2]}]""");
        await tab["#args"].FillAsync("[1,");
        await tab.Button("Call").ClickAsync();
        await Expect(tab["#problem"]).ToContainTextAsync("Arguments: this is not JSON");
        Assert.Empty(tab.Faults);
    }

    [SkippableFact]
    public async Task Markup_in_what_people_register_stays_text()
    {
        const string hostile = "<img src=x onerror=document.title='hit'>";
        var body = Json.Registration("hostile", Json.Double, ("description", hostile));
        Assert.True(
            (await browser.Service.PostAsync("/api/functions", body)).Status
                is System.Net.HttpStatusCode.Created
                    or System.Net.HttpStatusCode.OK
        );
        await using var tab = await browser.OpenAsync();
        await tab.GoAsync(browser.Service, "/#hostile");
        await Expect(tab["#about"]).ToContainTextAsync(hostile);
        await Expect(tab["img"]).ToHaveCountAsync(0);
        await Expect(tab.Page).ToHaveTitleAsync("Torch2Jax");
        Assert.Empty(tab.Faults);
    }

    private async Task<Tab> OpenAsync(string name, string source, string exampleArgs)
    {
        var tab = await browser.OpenAsync();
        var example = System.Text.Json.Nodes.JsonNode.Parse(exampleArgs);
        var body = Json.Registration(name, source, ("exampleArgs", example));
        (await browser.Service.PostAsync("/api/functions", body)).Good(System.Net.HttpStatusCode.Created);
        await tab.GoAsync(browser.Service);
        await tab.Button(name).ClickAsync();
        await Expect(tab["#chosen"]).ToHaveTextAsync(name);
        return tab;
    }
}
