using System.Net;
using Torch2Jax.WebApi.Tests.Support;

namespace Torch2Jax.WebApi.Tests.Deploying;

/// <summary>What can be checked of the manifests without a cluster: they must fit each other and the service.</summary>
[Collection(ServiceCollection.Name)]
public sealed class ManifestTests(ServiceFixture fixture)
{
    private static readonly string[] Probes = ["startupProbe", "livenessProbe", "readinessProbe"];

    [Fact]
    public void The_Kubernetes_manifest_fits_together()
    {
        var documents = DeployFile.Yaml("kubernetes/torch2jax.yaml");
        Assert.Equal(
            ["Secret", "Deployment", "Service", "PodDisruptionBudget"],
            documents.Select(document => document["kind"].Text)
        );
        var pod = documents[1]["spec"]["template"];
        var label = pod["metadata"]["labels"]["app.kubernetes.io/name"].Text;
        Assert.Equal(label, documents[1]["spec"]["selector"]["matchLabels"]["app.kubernetes.io/name"].Text);
        Assert.Equal(label, documents[2]["spec"]["selector"]["app.kubernetes.io/name"].Text);
        Assert.Equal(label, documents[3]["spec"]["selector"]["matchLabels"]["app.kubernetes.io/name"].Text);
        var port = Assert.Single(documents[2]["spec"]["ports"].Items);
        Assert.Equal(port["targetPort"].Text, Container("kubernetes")["ports"].Items.Single()["name"].Text);
        var volume = pod["spec"]["volumes"].Items.Single(one => one["name"].Text == "database");
        Assert.Equal(documents[0]["metadata"]["name"].Text, volume["secret"]["secretName"].Text);
        Assert.True(documents[0]["stringData"].Has("database"));
    }

    [Theory]
    [InlineData("kubernetes")]
    [InlineData("kserve")]
    public void The_container_listens_where_it_is_called_reads_its_secret_and_may_do_little(string kind)
    {
        var container = Container(kind);
        var settings = Settings(container);
        var port = container["ports"].Items.Single()["containerPort"].Text;
        Assert.Equal($"http://0.0.0.0:{port}", settings["ASPNETCORE_URLS"]);
        Assert.Contains($"EXPOSE {port}", DeployFile.Read("Dockerfile"), StringComparison.Ordinal);
        Assert.Equal("true", settings["Security__RequireKeys"]);
        Assert.All(settings.Keys, name => Assert.True(DeployFile.IsSetting(name), name));
        var mounts = container["volumeMounts"].Items.Select(mount => mount["mountPath"].Text).ToArray();
        Assert.Contains(Path.GetDirectoryName(settings["TORCH2JAX_DATABASE_FILE"]), mounts);
        var rights = container["securityContext"];
        Assert.Equal("false", rights["allowPrivilegeEscalation"].Text);
        Assert.Equal("true", rights["readOnlyRootFilesystem"].Text);
        Assert.Equal("ALL", rights["capabilities"]["drop"].Items.Single().Text);
        foreach (var probe in Probes.Where(container.Has))
        {
            Assert.Contains(container[probe]["httpGet"]["port"].Text, (string[])[port, "http"]);
        }
    }

    [Theory]
    [InlineData("kubernetes")]
    [InlineData("kserve")]
    public async Task The_probes_are_answered_with_the_manifests_settings_and_nobody_else_is_let_in(string kind)
    {
        var container = Container(kind);
        var settings = Settings(container);
        using var service = await ServiceProcess.StartAtAsync(
            "http://0.0.0.0:{0}",
            [
                "--TORCH2JAX_DATA",
                fixture.Data,
                "--Database:Schema",
                ServiceFixture.NewSchema(),
                .. settings
                    .Where(setting => setting.Key.StartsWith("Security__", StringComparison.Ordinal))
                    .SelectMany(setting => (string[])["--" + setting.Key.Replace("__", ":"), setting.Value]),
            ]
        );
        foreach (var probe in Probes.Where(container.Has))
        {
            var get = container[probe]["httpGet"];
            // The kubelet's own Host is the pod's address.
            var host = get.Has("httpHeaders") ? get["httpHeaders"].Items.Single()["value"].Text : "10.1.2.3";
            Assert.Equal(HttpStatusCode.OK, await AskAsync(service, get["path"].Text, host));
        }

        foreach (var host in settings["Security__AllowedHosts"].Split(';'))
        {
            Assert.Equal(
                HttpStatusCode.Unauthorized,
                await AskAsync(service, "/api/functions", host == "*" ? "torch2jax.default.example.com" : host)
            );
        }
    }

    [SkippableFact]
    public async Task The_systemd_unit_is_one_and_its_settings_are_the_services()
    {
        var unit = DeployFile.Read("systemd/torch2jax.service");
        var variables = unit.Split('\n')
            .Where(line => line.StartsWith("Environment=", StringComparison.Ordinal))
            .Select(line => line.Split('=')[1]);
        Assert.All(variables, name => Assert.True(DeployFile.IsSetting(name), name));
        Assert.Contains("\nSecurity__", "\n" + string.Join('\n', variables), StringComparison.Ordinal);
        var analyze = DeployFile.Tool("systemd-analyze");
        Skip.If(analyze is null, "There is no systemd-analyze on this machine, which would read the unit.");
        var folder = Directory.CreateTempSubdirectory("t2jw-");
        try
        {
            // The program is not installed here.
            var copy = Path.Combine(folder.FullName, "torch2jax.service");
            var program = unit.Split('\n').Single(line => line.StartsWith("ExecStart=", StringComparison.Ordinal));
            await File.WriteAllTextAsync(copy, unit.Replace(program, "ExecStart=/bin/true", StringComparison.Ordinal));
            var (exitCode, text) = await DeployFile.RunAsync(analyze!, "verify", copy);
            // Other units of the machine are read too, and complained about.
            var complaints = text.Split('\n').Where(line => line.Contains("torch2jax", StringComparison.Ordinal));
            Assert.True(exitCode == 0 || !complaints.Any(), text);
            Assert.Empty(complaints);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static Node Container(string kind) =>
        kind == "kubernetes"
            ? DeployFile.Yaml("kubernetes/torch2jax.yaml")[1]["spec"]["template"]["spec"]["containers"].Items.Single()
            : DeployFile.Yaml("kserve/torch2jax.yaml").Single()["spec"]["predictor"]["containers"].Items.Single();

    private static Dictionary<string, string> Settings(Node container) =>
        container["env"].Items.ToDictionary(one => one["name"].Text, one => one["value"].Text);

    private static async Task<HttpStatusCode> AskAsync(ServiceProcess service, string path, string host)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Host = host;
        using var answer = await service.Client.SendAsync(request);
        return answer.StatusCode;
    }
}
