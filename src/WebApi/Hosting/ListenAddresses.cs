using System.Net;

namespace Torch2Jax.WebApi.Hosting;

/// <summary>Where the service listens: on loopback, unless told otherwise.</summary>
internal static class ListenAddresses
{
    public const string Default = "http://127.0.0.1:5080";

    /// <summary>
    /// Listens on the addresses asked for (--urls, ASPNETCORE_URLS, ASPNETCORE_HTTP_PORTS; the server's own setting
    /// Kestrel:Endpoints goes before them), or on the default.
    /// </summary>
    public static Exposure Apply(WebApplicationBuilder builder, bool anonymous)
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

        var addresses = urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        builder.WebHost.UseUrls(addresses);
        var endpoints = settings.GetSection("Kestrel:Endpoints").GetChildren().Select(one => one["Url"]).ToArray();
        string[] all = [.. addresses, .. endpoints.OfType<string>()];
        return new Exposure(anonymous, [.. all.Where(url => !IsLoopback(url))], endpoints.Length == 0);
    }

    /// <exception cref="StartException">It is no address.</exception>
    internal static bool IsLoopback(string url)
    {
        string host;
        try
        {
            host = BindingAddress.Parse(url).Host;
        }
        catch (FormatException error)
        {
            throw new StartException(
                $"'{url}' is no address to listen on; one looks like {Default}. ({error.Message})"
            );
        }

        return string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase)
            || host.StartsWith("unix:", StringComparison.Ordinal)
            || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
    }
}
