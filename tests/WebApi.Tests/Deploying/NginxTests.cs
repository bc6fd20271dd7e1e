using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Torch2Jax.WebApi.Tests.Support;

namespace Torch2Jax.WebApi.Tests.Deploying;

/// <summary>The example for nginx, by a real nginx, in front of a real service.</summary>
[Collection(ServiceCollection.Name)]
public sealed class NginxTests(ServiceFixture fixture)
{
    private const string Name = "functions.example";

    [SkippableFact]
    public async Task The_example_is_valid_and_passes_calls_arrays_and_sign_in_through()
    {
        var nginx = DeployFile.Tool("nginx");
        Skip.If(nginx is null, "There is no nginx on this machine (Debian: apt-get install nginx).");
        var folder = Directory.CreateTempSubdirectory("t2jw-");
        try
        {
            using var service = await ServiceProcess.StartAsync(
                fixture.Data,
                ServiceFixture.NewSchema(),
                "--Security:AllowedHosts",
                Name
            );
            var (plain, tls) = (ServiceProcess.FreePort(), ServiceProcess.FreePort());
            var configuration = await PrepareAsync(folder.FullName, service.Client.BaseAddress!.Port, plain, tls);
            string[] arguments =
            [
                "-p",
                folder.FullName,
                "-c",
                configuration,
                "-e",
                Path.Combine(folder.FullName, "error.log"),
            ];
            var (exitCode, text) = await DeployFile.RunAsync(nginx!, [.. arguments, "-t"]);
            Assert.True(exitCode == 0, text);

            using var process = Process.Start(nginx!, arguments)!;
            try
            {
                await CallAsync(plain, tls);
            }
            finally
            {
                using var quit = Process.Start("/bin/kill", ["-TERM", $"{process.Id}"]);
                await quit.WaitForExitAsync();
                await process.WaitForExitAsync();
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task CallAsync(int plain, int tls)
    {
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) =>
            certificate!.Subject == $"CN={Name}";
        // The name is not in any DNS: it is this machine.
        handler.ConnectCallback = async (context, cancellationToken) =>
        {
            var socket = new System.Net.Sockets.Socket(
                System.Net.Sockets.SocketType.Stream,
                System.Net.Sockets.ProtocolType.Tcp
            );
            await socket.ConnectAsync(IPAddress.Loopback, context.DnsEndPoint.Port, cancellationToken);
            return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
        };
        using var client = new HttpClient(handler) { BaseAddress = new Uri($"https://{Name}:{tls}") };
        await ListeningAsync(client);

        using var moved = await client.GetAsync(new Uri($"http://{Name}:{plain}/health/live"));
        Assert.Equal(HttpStatusCode.MovedPermanently, moved.StatusCode);
        Assert.Equal($"https://{Name}/health/live", moved.Headers.Location!.OriginalString);

        using var registration = new StringContent(Json.Registration("double", Json.Double), null, "application/json");
        // As a page of the service's own sends it.
        registration.Headers.Add("X-Test", "1");
        using var register = new HttpRequestMessage(HttpMethod.Post, "/api/functions") { Content = registration };
        register.Headers.Add("Origin", $"https://{Name}:{tls}");
        register.Headers.Add("Sec-Fetch-Site", "same-origin");
        using var registered = await client.SendAsync(register);
        Assert.Equal(HttpStatusCode.Created, registered.StatusCode);

        var bytes = new byte[32 << 20];
        using var array = new ByteArrayContent(bytes);
        array.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        using var call = new HttpRequestMessage(
            HttpMethod.Post,
            $"/api/functions/double/invoke?dtype=float32&shape={bytes.Length / 4}"
        )
        {
            Content = array,
        };
        call.Headers.Accept.ParseAdd("application/octet-stream");
        using var doubled = await client.SendAsync(call);
        Assert.Equal(bytes.Length, (await doubled.Content.ReadAsByteArrayAsync()).Length);

        using var admin = new StringContent("""{"role":"admin"}""", null, "application/json");
        using var made = await client.PostAsync("/api/keys", admin);
        var key = System
            .Text.Json.JsonDocument.Parse(await made.Content.ReadAsStringAsync())
            .RootElement.GetProperty("key");
        using var form = new FormUrlEncodedContent([new("key", key.GetString()), new("to", "/")]);
        using var signedIn = await client.PostAsync("/session", form);
        Assert.Contains(
            "secure",
            signedIn.Headers.GetValues("Set-Cookie").Single(),
            StringComparison.OrdinalIgnoreCase
        );
        using var page = await client.GetAsync("/");
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.True(page.Headers.Contains("Strict-Transport-Security"));
    }

    private static async Task ListeningAsync(HttpClient client)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            try
            {
                using var answer = await client.GetAsync("/health/live", limit.Token);
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
                return;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(50, limit.Token);
            }
        }
    }

    /// <summary>The example with this test's ports and certificate, within what Debian has around it.</summary>
    private static async Task<string> PrepareAsync(string folder, int service, int plain, int tls)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={Name}", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.Now.AddDays(-1), DateTimeOffset.Now.AddDays(1));
        await File.WriteAllTextAsync(Path.Combine(folder, "fullchain.pem"), certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(Path.Combine(folder, "privkey.pem"), key.ExportPkcs8PrivateKeyPem());
        var site = DeployFile.Read("nginx/torch2jax.conf");
        foreach (
            var (from, to) in new[]
            {
                ("127.0.0.1:5080", $"127.0.0.1:{service}"),
                ("listen 80;", $"listen 127.0.0.1:{plain};"),
                ("listen 443 ", $"listen 127.0.0.1:{tls} "),
                ("/etc/ssl/torch2jax/", folder + "/"),
            }
        )
        {
            Assert.Contains(from, site, StringComparison.Ordinal);
            site = site.Replace(from, to, StringComparison.Ordinal);
        }

        string[] temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
        var around = $$"""
            daemon off;
            pid {{folder}}/nginx.pid;
            events {}
            http {
                access_log off;
                {{string.Join('\n', temporary.Select(one => $"{one}_temp_path {folder}/{one};"))}}
                {{site}}
            }
            """;
        var path = Path.Combine(folder, "nginx.conf");
        await File.WriteAllTextAsync(path, around);
        return path;
    }
}
