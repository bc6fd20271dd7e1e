using System.Net;

namespace Torch2Jax.WebApi.Hosting;

/// <summary>Where the service listens: loopback, unless told that anybody may call it.</summary>
internal static class ListenAddresses
{
    public const string Default = "http://127.0.0.1:5080";

    /// <summary>The addresses asked for (--urls, ASPNETCORE_URLS, ASPNETCORE_HTTP_PORTS), or the default.</summary>
    /// <exception cref="StartException">One of them is not loopback and <paramref name="anonymous"/> is false.</exception>
    public static void Apply(WebApplicationBuilder builder, bool anonymous)
    {
        var settings = builder.Configuration;
        var urls = settings["urls"];
        if (string.IsNullOrWhiteSpace(urls) && settings["http_ports"] is { Length: > 0 } ports)
        {
            urls = string.Join(';', ports.Split(';').Select(port => $"http://*:{port}"));
        }

        if (string.IsNullOrWhiteSpace(urls))
        {
            urls = Default;
        }

        foreach (var url in urls.Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!anonymous && !IsLoopback(url))
            {
                throw new StartException(
                    $"{url} can be reached from other machines, and this service asks nobody for a key: "
                        + "listen on 127.0.0.1, or start with --allow-anonymous."
                );
            }
        }

        builder.WebHost.UseUrls(urls.Split(';', StringSplitOptions.RemoveEmptyEntries));
    }

    internal static bool IsLoopback(string url)
    {
        var host = BindingAddress.Parse(url).Host;
        return string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase)
            || host.StartsWith("unix:", StringComparison.Ordinal)
            || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
    }
}
