using System.Diagnostics;
using System.Runtime.Versioning;
using Npgsql;
using Torch2Jax.Registry.Embedded;
using Torch2Jax.Registry.Tests.Support;

namespace Torch2Jax.Registry.Tests.Embedded;

[SupportedOSPlatform("linux")]
public sealed class EmbeddedPostgresTests
{
    [Fact]
    public async Task It_is_made_once_found_again_and_keeps_its_data_over_a_stop()
    {
        await using var server = new PrivateServer();
        Assert.False((await EmbeddedPostgres.StatusAsync(server.DataDirectory, default)).Exists);
        Assert.False(await EmbeddedPostgres.StopAsync(server.DataDirectory, default));

        var first = await server.StartAsync();
        var again = await server.StartAsync();
        Assert.Equal(first, again);
        Assert.Equal(first, (await EmbeddedPostgres.StatusAsync(server.DataDirectory, default)).Server);
        await using (var registry = await OpenAsync(server))
        {
            await registry.SaveAsync("kept");
        }

        Assert.True(await EmbeddedPostgres.StopAsync(server.DataDirectory, default));
        Assert.False(await EmbeddedPostgres.StopAsync(server.DataDirectory, default));
        var stopped = await EmbeddedPostgres.StatusAsync(server.DataDirectory, default);
        Assert.True(stopped is { Exists: true, Server: null });

        await using var later = await OpenAsync(server);
        Assert.True(await later.ExistsAsync("kept", default));
    }

    [Fact]
    public async Task Only_its_socket_leads_to_it_and_only_for_its_user()
    {
        await using var server = new PrivateServer();
        var running = await server.StartAsync();
        await using var source = NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(running.ConnectionString) { Username = "postgres" }.ConnectionString
        );

        Assert.Equal("", await ShowAsync("listen_addresses"));
        Assert.Equal("on", await ShowAsync("fsync"));
        Assert.Equal("on", await ShowAsync("data_checksums"));
        Assert.Equal("UTF8", await ShowAsync("server_encoding"));
        Assert.Equal("32MB", await ShowAsync("shared_buffers"));
        await using var rules = source.CreateCommand(
            "SELECT string_agg(DISTINCT auth_method, ' ') FROM pg_hba_file_rules"
        );
        Assert.Equal("peer reject", await rules.ExecuteScalarAsync());
        const UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Assert.Equal(owner, File.GetUnixFileMode(Path.Combine(server.DataDirectory, "postgres")));
        Assert.Equal(owner, File.GetUnixFileMode(running.SocketDirectory));

        // The registry's own role is no superuser.
        await using var role = NpgsqlDataSource.Create(running.ConnectionString);
        await using var super = role.CreateCommand("SELECT current_setting('is_superuser')");
        Assert.Equal("off", await super.ExecuteScalarAsync());

        async Task<string> ShowAsync(string setting)
        {
            await using var show = source.CreateCommand("SELECT current_setting($1)");
            show.Parameters.Add(new() { Value = setting });
            return (string)(await show.ExecuteScalarAsync())!;
        }
    }

    [Fact]
    public async Task A_deep_folder_with_odd_characters_is_as_good_as_any()
    {
        var deep = string.Join('/', Enumerable.Repeat("it's a \"deep\" $folder; größe\\", 40));
        await using var server = new PrivateServer(deep);
        Assert.True(server.DataDirectory.Length > 1000);

        var running = await server.StartAsync();
        await using var registry = await OpenAsync(server);

        Assert.True(running.SocketDirectory.Length < 60);
        Assert.True((await registry.SaveAsync("f")).Created);
    }

    [Fact]
    public async Task Processes_that_start_it_at_once_share_one_server()
    {
        await using var server = new PrivateServer();

        var outputs = await Task.WhenAll(
            Enumerable.Range(0, 3).Select(_ => ToolProcess.StartTool("start", server.DataDirectory).OutputAsync())
        );

        var running = await server.StartAsync();
        Assert.All(outputs, output => Assert.StartsWith($"{running.ProcessId} ", output, StringComparison.Ordinal));
        Assert.Empty(Directory.GetDirectories(server.DataDirectory, ".*"));
    }

    [Fact]
    public async Task A_starter_ends_though_the_server_goes_on_and_leaves_it_nothing_of_its_own()
    {
        await using var server = new PrivateServer();
        // As $(...) in a script would: it waits until the last holder of its pipe has ended. Descriptor 7 is the script's.
        var command =
            $"exec 7>'{server.Root}/held'; x=$('{ToolProcess.Dotnet}' '{ToolProcess.Program(ToolProcess.Folder)}' start '{server.DataDirectory}'); echo \"$x\"";
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var output = await ToolProcess.Start(["bash", "-c", command]).OutputAsync().WaitAsync(limit.Token);

        var running = await server.StartAsync();
        Assert.StartsWith($"{running.ProcessId} ", output, StringComparison.Ordinal);
        var list = await ToolProcess.Start(["bash", "-c", $"ls -l /proc/{running.ProcessId}/fd"]).OutputAsync();
        Assert.DoesNotContain("held", list, StringComparison.Ordinal);
        var session = await ToolProcess.Start(["ps", "-o", "sid=", "-p", $"{running.ProcessId}"]).OutputAsync();
        Assert.Equal($"{running.ProcessId}", session);
    }

    [Fact]
    public async Task A_starter_that_is_killed_while_it_makes_the_data_leaves_nothing_in_the_way()
    {
        await using var server = new PrivateServer();
        var starter = ToolProcess.StartTool("start", server.DataDirectory);
        while (
            !Directory.Exists(server.DataDirectory) || Directory.GetDirectories(server.DataDirectory, ".*").Length == 0
        )
        {
            Assert.False(starter.HasExited);
            await Task.Delay(1);
        }
        starter.Kill();
        await starter.WaitForExitAsync();
        Assert.False((await EmbeddedPostgres.StatusAsync(server.DataDirectory, default)).Exists);

        await using var registry = await OpenAsync(server);

        Assert.True((await registry.SaveAsync("f")).Created);
    }

    [Fact]
    public async Task A_lock_file_whose_process_number_is_now_another_s_is_seen_through()
    {
        await using var server = new PrivateServer();
        await server.StartAsync();
        await EmbeddedPostgres.StopAsync(server.DataDirectory, default);
        var file = Path.Combine(server.DataDirectory, "postgres", "postmaster.pid");
        // A process of the server's own account, as after a reboot: the server alone would refuse to start.
        using var other = StartSleepAs(Path.Combine(server.DataDirectory, "postgres"));
        await File.WriteAllTextAsync(file, $"{other.Id}\n/somewhere\n1700000000\n5432\n/tmp\n\n  1 1\nready   \n");
        Assert.Null((await EmbeddedPostgres.StatusAsync(server.DataDirectory, default)).Server);

        var running = await server.StartAsync();

        Assert.NotEqual(other.Id, running.ProcessId);
        other.Kill();
    }

    [Fact]
    public async Task Another_major_version_s_data_is_an_error_that_names_both()
    {
        await using var server = new PrivateServer();
        var data = Path.Combine(server.DataDirectory, "postgres");
        Directory.CreateDirectory(data);
        await File.WriteAllTextAsync(Path.Combine(data, "PG_VERSION"), "9\n");

        var error = await Assert.ThrowsAsync<RegistrySetupException>(server.StartAsync);

        Assert.Contains("PostgreSQL 9", error.Message, StringComparison.Ordinal);
        Assert.Contains("installed here", error.Message, StringComparison.Ordinal);
        Directory.Delete(data, recursive: true);
    }

    [Fact]
    public async Task A_folder_that_holds_something_else_is_left_alone()
    {
        await using var server = new PrivateServer();
        var data = Path.Combine(server.DataDirectory, "postgres");
        Directory.CreateDirectory(data);
        await File.WriteAllTextAsync(Path.Combine(data, "holiday.jpg"), "");

        var error = await Assert.ThrowsAsync<RegistrySetupException>(server.StartAsync);

        Assert.Contains("not a PostgreSQL data directory", error.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(data, "holiday.jpg")));
    }

    [Fact]
    public async Task A_server_that_cannot_start_is_quoted()
    {
        await using var server = new PrivateServer();
        await server.StartAsync();
        await EmbeddedPostgres.StopAsync(server.DataDirectory, default);
        var settings = Path.Combine(server.DataDirectory, "postgres", "postgresql.conf");
        var good = await File.ReadAllTextAsync(settings);
        await File.AppendAllTextAsync(settings, "no_such_setting = 1\n");

        var error = await Assert.ThrowsAsync<RegistrySetupException>(server.StartAsync);

        Assert.Contains("no_such_setting", error.Message, StringComparison.Ordinal);
        await File.WriteAllTextAsync(settings, good);
        await server.StartAsync();
    }

    private static Task<PostgresRegistry> OpenAsync(PrivateServer server) =>
        PostgresRegistry.OpenAsync(new RegistryOptions(null, server.DataDirectory), null, default);

    /// <summary>As root the server is the account postgres.</summary>
    private static Process StartSleepAs(string data) =>
        Environment.UserName == "root" && Directory.Exists(data)
            ? ToolProcess.Start(
                ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--", "sleep", "300"]
            )
            : ToolProcess.Start(["sleep", "300"]);
}
