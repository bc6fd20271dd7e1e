using Microsoft.Playwright;

namespace Torch2Jax.Browser.Tests.Support;

/// <summary>Debian's Chromium, driven by Playwright, and a service to look at.</summary>
public sealed class BrowserFixture : IAsyncLifetime
{
    private const string Chromium = "/usr/bin/chromium";

    // The flags after the first keep it from looking for hosts of its maker at every start.
    private static readonly string[] Flags =
    [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--host-resolver-rules=MAP rebound.example 127.0.0.1",
    ];

    private readonly ServiceFixture services = new();
    private IPlaywright? playwright;
    private IBrowser? browser;

    public RunningService Service => services.Service;

    public static bool IsMissing => !File.Exists(Chromium);

    public async Task InitializeAsync()
    {
        if (IsMissing)
        {
            return;
        }

        await services.InitializeAsync();
        playwright = await Playwright.CreateAsync();
        browser = await playwright.Chromium.LaunchAsync(
            new BrowserTypeLaunchOptions { ExecutablePath = Chromium, Args = Flags }
        );
    }

    /// <summary>Another service over the same server, with nothing registered.</summary>
    public Task<RunningService> StartEmptyAsync(params (string Name, string Value)[] settings) =>
        services.StartAsync(ServiceFixture.NewSchema(), settings);

    /// <summary>A tab of its own. Skips the test where there is no Chromium; in CI it must be there.</summary>
    public async Task<Tab> OpenAsync(int width = 1200, ColorScheme scheme = ColorScheme.Light)
    {
        Skip.If(
            IsMissing && Environment.GetEnvironmentVariable("CI") != "true",
            $"{Chromium} is not there; Debian's package chromium brings it."
        );
        Assert.False(IsMissing, $"{Chromium} is not there.");
        var context = await browser!.NewContextAsync(
            new BrowserNewContextOptions
            {
                ViewportSize = new ViewportSize { Width = width, Height = 900 },
                ColorScheme = scheme,
            }
        );
        return new Tab(context, await context.NewPageAsync());
    }

    public async Task DisposeAsync()
    {
        if (IsMissing)
        {
            return;
        }

        if (browser is not null)
        {
            await browser.DisposeAsync();
        }

        playwright?.Dispose();
        await services.DisposeAsync();
    }
}

/// <summary>All tests share the browser, and run one after another.</summary>
[CollectionDefinition(Name)]
public sealed class BrowserCollection : ICollectionFixture<BrowserFixture>
{
    public const string Name = "browser";
}
