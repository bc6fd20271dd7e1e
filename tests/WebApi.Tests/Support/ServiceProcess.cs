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

    public static async Task<ServiceProcess> StartAsync(string data, string schema)
    {
        var address = new Uri($"http://127.0.0.1:{FreePort()}");
        var start = Command("--urls", address.OriginalString, "--TORCH2JAX_DATA", data, "--Database:Schema", schema);
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var service = new ServiceProcess(process, address);
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (!await service.IsReadyAsync(limit.Token))
        {
            await Task.Delay(100, limit.Token);
        }

        return service;
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
