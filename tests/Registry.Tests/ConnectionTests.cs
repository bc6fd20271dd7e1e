using Npgsql;
using Torch2Jax.Registry.Storage;

namespace Torch2Jax.Registry.Tests;

public sealed class ConnectionTests
{
    [Theory]
    [InlineData("postgresql://u:p%40%3A@db.example:6000/my%20data?sslmode=require&application_name=mine")]
    [InlineData("postgres://u:p%40%3A@db.example:6000/my%20data?sslmode=require&application_name=mine")]
    [InlineData(
        "Host=db.example;Port=6000;Username=u;Password=p@:;Database=my data;SSL Mode=Require;Application Name=mine"
    )]
    public void A_url_says_the_same_as_a_connection_string(string text)
    {
        var settings = ConnectionText.Read(text);

        Assert.Equal(
            ("db.example", 6000, "u", "p@:"),
            (settings.Host, settings.Port, settings.Username, settings.Password)
        );
        Assert.Equal(
            ("my data", SslMode.Require, "mine"),
            (settings.Database, settings.SslMode, settings.ApplicationName)
        );
    }

    [Theory]
    [InlineData("Hots=a;Password=hidden")]
    [InlineData("Password=hidden;Port=many")]
    [InlineData("postgresql://u:hidden@")]
    [InlineData("postgresql://u:hidden@db/data?no_such_thing=1")]
    [InlineData("hidden")]
    public void What_cannot_be_read_is_not_repeated(string text)
    {
        var error = Assert.Throws<RegistrySetupException>(() => ConnectionText.Read(text));

        Assert.DoesNotContain("hidden", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_connection_string_says_is_kept_but_for_schema_and_short_time_limits()
    {
        const string Text =
            "Host=a;Username=u;Maximum Pool Size=7;Application Name=mine;Keepalive=5;Timeout=60;Search Path=other";
        await using var source = DataSource.Create(Text, new SchemaName("mine"));
        await using var plain = DataSource.Create("Host=a;Username=u", new SchemaName("mine"));

        var kept = new NpgsqlConnectionStringBuilder(source.ConnectionString);
        var ours = new NpgsqlConnectionStringBuilder(plain.ConnectionString);

        Assert.Equal((7, "mine", 5), (kept.MaxPoolSize, kept.ApplicationName, kept.KeepAlive));
        Assert.Equal((3, "mine"), (kept.Timeout, kept.SearchPath));
        Assert.Equal((20, "torch2jax", 30), (ours.MaxPoolSize, ours.ApplicationName, ours.KeepAlive));
    }
}
