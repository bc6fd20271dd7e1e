using System.Diagnostics;
using System.Reflection;
using Torch2Jax.WebApi.Hosting;
using YamlDotNet.RepresentationModel;

namespace Torch2Jax.WebApi.Tests.Deploying;

/// <summary>The files of deploy/, and what may be said of all of them.</summary>
internal static class DeployFile
{
    // Settings that are not in ServiceOptions.
    private static readonly string[] Others = ["ASPNETCORE_URLS", "TORCH2JAX_DATABASE", "TORCH2JAX_DATABASE_FILE"];

    public static string Read(string name) => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "deploy", name));

    /// <summary>The documents of a YAML file, in which an unclosed or doubled key is an error.</summary>
    public static IReadOnlyList<Node> Yaml(string name)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(Read(name)));
        return [.. stream.Documents.Select(document => new Node(document.RootNode))];
    }

    /// <summary>Whether the service has a setting of that name in the environment.</summary>
    public static bool IsSetting(string variable)
    {
        if (Others.Contains(variable))
        {
            return true;
        }

        var type = typeof(ServiceOptions);
        foreach (var part in variable.Split("__"))
        {
            if (type.GetProperty(part, BindingFlags.Public | BindingFlags.Instance) is not { } property)
            {
                return false;
            }

            type = property.PropertyType;
        }

        return true;
    }

    /// <summary>The program's path where it is on this machine; else null.</summary>
    public static string? Tool(string name) =>
        (Environment.GetEnvironmentVariable("PATH") + ":/usr/sbin")
            .Split(':')
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);

    public static async Task<(int ExitCode, string Text)> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, await output + await error);
    }
}

/// <summary>A place in a YAML document.</summary>
internal sealed record Node(YamlNode Value)
{
    public Node this[string key] =>
        Has(key) ? new Node(((YamlMappingNode)Value)[key]) : throw new KeyNotFoundException(key);

    public IEnumerable<Node> Items => ((YamlSequenceNode)Value).Select(item => new Node(item));

    public string Text => ((YamlScalarNode)Value).Value!;

    public bool Has(string key) => Value is YamlMappingNode map && map.Children.ContainsKey(key);
}
