using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Torch2Jax.WebApi.Tests.Support;

/// <summary>The service as a process of its own, which can be killed.</summary>
internal sealed class ServiceProcess : IDisposable
{
    private readonly Process process;

    private ServiceProcess(Process process, Uri address)
    {
        this.process = process;
        Client = new HttpClient { BaseAddress = address };
    }

    public HttpClient Client { get; }

    public bool HasExited => process.HasExited;

    public int Id => process.Id;

    public static ProcessStartInfo Command(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardError = true, RedirectStandardOutput = true };
        start.ArgumentList.Add(typeof(Program).Assembly.Location);
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return start;
    }

    public static async Task<ServiceProcess> StartAsync(string data, string schema, params string[] settings)
    {
        var service = Start(["--TORCH2JAX_DATA", data, "--Database:Schema", schema, .. settings]);
        await service.ReadyAsync();
        return service;
    }

    /// <summary>A service at an address of another kind; {0} stands for a free port.</summary>
    public static async Task<ServiceProcess> StartAtAsync(string url, params string[] settings)
    {
        var port = FreePort();
        var address = string.Format(System.Globalization.CultureInfo.InvariantCulture, url, port);
        var service = Start(new Uri($"http://127.0.0.1:{port}"), ["--urls", address, .. settings]);
        await service.ReadyAsync();
        return service;
    }

    /// <summary>Runs a command to its end.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var process = Process.Start(Command(arguments))!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, await output, await error);
    }

    /// <summary>A service whose database is away.</summary>
    public static ServiceProcess StartWithout(string connectionString) =>
        Start("--TORCH2JAX_DATABASE", connectionString);

    /// <summary>The answer, once the process listens.</summary>
    public async Task<HttpResponseMessage> AnswerAsync(string path)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (true)
        {
            try
            {
                return await Client.GetAsync(path, limit.Token);
            }
            catch (HttpRequestException) when (!process.HasExited)
            {
                await Task.Delay(100, limit.Token);
            }
        }
    }

    public void Kill()
    {
        process.Kill();
        process.WaitForExit();
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            Kill();
        }

        Client.Dispose();
        process.Dispose();
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static ServiceProcess Start(params string[] settings)
    {
        var address = new Uri($"http://127.0.0.1:{FreePort()}");
        return Start(address, ["--urls", address.OriginalString, .. settings]);
    }

    private static ServiceProcess Start(Uri address, string[] arguments)
    {
        var process = Process.Start(Command(arguments))!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return new ServiceProcess(process, address);
    }

    private async Task ReadyAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (!await IsReadyAsync(limit.Token))
        {
            await Task.Delay(100, limit.Token);
        }
    }

    private async Task<bool> IsReadyAsync(CancellationToken limit)
    {
        try
        {
            using var answer = await Client.GetAsync("/health/ready", limit);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return process.HasExited ? throw new InvalidOperationException("The service ended.") : false;
        }
    }
}
