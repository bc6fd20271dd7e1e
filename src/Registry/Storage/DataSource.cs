using Npgsql;

namespace Torch2Jax.Registry.Storage;

/// <summary>Makes the one pool of connections of a registry.</summary>
internal static class DataSource
{
    /// <summary>Seconds: an answer that the database is away must come fast.</summary>
    private const int ConnectTimeout = 3;

    /// <summary>
    /// Seconds that the server may be silent: one that hangs is as good as away. An archive on its way keeps the
    /// connection busy, and so may take longer.
    /// </summary>
    public const int CommandTimeout = 8;

    public static NpgsqlDataSource Create(string connectionString, SchemaName schema)
    {
        var builder = new NpgsqlDataSourceBuilder(ConnectionText.Read(connectionString).ConnectionString);
        var settings = builder.ConnectionStringBuilder;
        settings.SearchPath = schema.ToString();
        settings.Timeout = settings.Timeout == 0 ? ConnectTimeout : Math.Min(settings.Timeout, ConnectTimeout);
        settings.Enlist = false;
        settings.CommandTimeout = CommandTimeout;
        settings.CancellationTimeout = 500;
        settings.IncludeErrorDetail = false;
        // Below, what the connection string says itself is kept.
        if (!settings.ShouldSerialize("Application Name"))
        {
            settings.ApplicationName = "torch2jax";
        }
        if (!settings.ShouldSerialize("Maximum Pool Size"))
        {
            settings.MaxPoolSize = 20;
        }
        if (!settings.ShouldSerialize("Keepalive"))
        {
            settings.KeepAlive = 30;
        }
        if (!settings.ShouldSerialize("Max Auto Prepare"))
        {
            settings.MaxAutoPrepare = 40;
        }
        return builder.Build();
    }
}
