using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace Torch2Jax.Browser.Tests.Support;

/// <summary>A tab with a profile of its own, which remembers what went wrong in it.</summary>
public sealed class Tab : IAsyncDisposable
{
    private readonly IBrowserContext context;
    private readonly ConcurrentQueue<string> faults = new();

    public Tab(IBrowserContext context, IPage page)
    {
        this.context = context;
        Page = page;
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                faults.Enqueue($"{message.Type}: {message.Text} ({message.Location})");
            }
        };
        page.PageError += (_, error) => faults.Enqueue($"uncaught: {error}");
    }

    public IPage Page { get; }

    /// <summary>Errors and warnings of the console: failed loads, violations of the content security policy, exceptions.</summary>
    public IEnumerable<string> Faults => faults;

    public ILocator this[string selector] => Page.Locator(selector);

    public void ForgetFaults() => faults.Clear();

    public Task GoAsync(RunningService service, string path = "/") =>
        Page.GotoAsync(new Uri(service.Address, path).AbsoluteUri);

    public Task OfflineAsync(bool offline) => context.SetOfflineAsync(offline);

    public ILocator Button(string name) =>
        Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = name, Exact = true });

    public async ValueTask DisposeAsync() => await context.DisposeAsync();
}
