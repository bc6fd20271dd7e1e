using System.Collections.Concurrent;
using System.Diagnostics;
using Torch2Jax.WebApi.Tests.Support;

namespace Torch2Jax.WebApi.Tests.Telemetry;

/// <summary>The service as a process of its own, with every line that it writes.</summary>
internal sealed class LoggedService : IDisposable
{
    private readonly ConcurrentQueue<string> lines = new();
    private readonly Process process;

    private LoggedService(Process process, Uri address)
    {
        this.process = process;
        Client = new HttpClient { BaseAddress = address };
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public HttpClient Client { get; }

    public IReadOnlyCollection<string> Lines => lines;

    public static async Task<LoggedService> StartAsync(string data, params string[] settings)
    {
        var address = new Uri($"http://127.0.0.1:{ServiceProcess.FreePort()}");
        string[] all =
        [
            "--urls",
            address.OriginalString,
            "--TORCH2JAX_DATA",
            data,
            "--Database:Schema",
            ServiceFixture.NewSchema(),
            .. settings,
        ];
        var service = new LoggedService(Process.Start(ServiceProcess.Command(all))!, address);
        try
        {
            await Eventually.TrueAsync(service.IsReadyAsync);
            return service;
        }
        catch
        {
            service.Dispose();
            throw;
        }
    }

    public async Task<Answer> PostAsync(string path, string body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json"),
        };
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var answer = await Client.SendAsync(request);
        return await Answer.OfAsync(answer);
    }

    /// <summary>Asks it to stop, and waits until it has written its last line.</summary>
    public async Task StopAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]);
        await kill.WaitForExitAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        await process.WaitForExitAsync(limit.Token);
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill();
            process.WaitForExit();
        }

        Client.Dispose();
        process.Dispose();
    }

    private async Task<bool> IsReadyAsync()
    {
        try
        {
            using var answer = await Client.GetAsync("/health/ready");
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException) when (!process.HasExited)
        {
            return false;
        }
    }

    private void Keep(string? line)
    {
        if (line is not null)
        {
            lines.Enqueue(line);
        }
    }
}
