using System.Diagnostics;
using System.Net;
using Torch2Jax.Registry.Embedded;
using Torch2Jax.WebApi.Tests.Support;

namespace Torch2Jax.WebApi.Tests.Deploying;

/// <summary>What dotnet publish makes runs from its own folder, wherever that is, with nothing of the repository beside it.</summary>
[Collection(ServiceCollection.Name)]
public sealed class PublishTests(ServiceFixture fixture)
{
    [Fact]
    public async Task The_published_folder_runs_from_anywhere_with_its_connection_string_in_a_file()
    {
        var output = new DirectoryInfo(AppContext.BaseDirectory);
        var configuration = output.Parent!.Name;
        var root = output;
        while (!File.Exists(Path.Combine(root!.FullName, "Torch2Jax.Automation.sln")))
        {
            root = root.Parent;
        }

        var folder = Directory.CreateTempSubdirectory("t2jw-");
        try
        {
            var published = Path.Combine(folder.FullName, "opt");
            await PublishAsync(Path.Combine(root.FullName, "src", "WebApi"), configuration, published);
            Assert.True(File.Exists(Path.Combine(published, "libtorch2jax.so")));
            var worker = File.GetUnixFileMode(Path.Combine(published, "torch2jax-worker"));
            Assert.True(worker.HasFlag(UnixFileMode.UserExecute | UnixFileMode.OtherExecute));
            Assert.False(File.Exists(Path.Combine(published, "web.config")));
            await RunAsync(published, folder.FullName);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task PublishAsync(string project, string configuration, string to)
    {
        string[] arguments = ["publish", project, "-c", configuration, "--no-build", "--nologo", "-v", "q", "-o", to];
        var start = new ProcessStartInfo(Dotnet, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // What the build that runs these tests says of itself is not meant for another one.
        foreach (
            var name in start
                .Environment.Keys.Where(name => name.StartsWith("MSBUILD", StringComparison.Ordinal))
                .ToArray()
        )
        {
            start.Environment.Remove(name);
        }

        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        using var process = Process.Start(start)!;
        var text = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        await process.WaitForExitAsync(limit.Token);
        Assert.True(process.ExitCode == 0, await text + await error);
    }

    private async Task RunAsync(string published, string folder)
    {
        var server = (await EmbeddedPostgres.StatusAsync(fixture.Data, default)).Server!;
        var secret = Path.Combine(folder, "database");
        await File.WriteAllTextAsync(secret, server.ConnectionString + "\n");
        var address = new Uri($"http://127.0.0.1:{ServiceProcess.FreePort()}");
        var start = new ProcessStartInfo(Path.Combine(published, "Torch2Jax.WebApi"))
        {
            WorkingDirectory = "/",
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["DOTNET_ROOT"] = Path.GetDirectoryName(Dotnet),
                ["ASPNETCORE_URLS"] = address.OriginalString,
                ["TORCH2JAX_DATABASE_FILE"] = secret,
                ["Database__Schema"] = ServiceFixture.NewSchema(),
            },
        };
        using var process = Process.Start(start)!;
        var text = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        try
        {
            using var client = new HttpClient { BaseAddress = address };
            using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
            while (!await ReadyAsync(client))
            {
                Assert.False(process.HasExited, process.HasExited ? await error + await text : "");
                await Task.Delay(100, limit.Token);
            }

            foreach (var path in (string[])["/", "/swagger/v1/swagger.json", "/docs/errors.md", "/api/functions"])
            {
                using var answer = await client.GetAsync(path);
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            }
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
    }

    private static async Task<bool> ReadyAsync(HttpClient client)
    {
        try
        {
            using var answer = await client.GetAsync("/health/ready");
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>The one that runs the tests.</summary>
    private static string Dotnet =>
        Path.Combine(
            Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "../../..")),
            "dotnet"
        );
}
