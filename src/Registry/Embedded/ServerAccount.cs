namespace Torch2Jax.Registry.Embedded;

/// <summary>
/// The operating system's account that the server runs as: this user, or <c>postgres</c> where this user is root, whom
/// the server refuses.
/// </summary>
internal sealed record ServerAccount(string UserId, string User, bool IsRoot)
{
    private const string Postgres = "postgres";

    /// <summary>
    /// Where a program finds the data directory. It is opened before root becomes another user, and reached through the
    /// descriptor: so its path may lead through folders that the account may not enter (/root), may be as long as it
    /// likes, and never stands in a command line.
    /// </summary>
    public const string Directory = "/proc/self/fd/9";

    /// <summary>Closes what this process inherited from its parents (a script's lock, say), opens the directory, goes on.</summary>
    private const string Prelude = """
        for f in /proc/$$/fd/*; do n=${f##*/}; [ "$n" -gt 2 ] && eval "exec $n>&-"; done
        exec 9<"$1" || exit 125
        shift
        exec "$@"
        """;

    private static ServerAccount? _current;

    /// <summary>The account's name.</summary>
    public string Name => IsRoot ? Postgres : User;

    /// <summary>Who may connect.</summary>
    public IEnumerable<string> Users => [User, Name];

    /// <summary>The account of this process; found out once.</summary>
    public static ServerAccount Current => _current ??= Find();

    private static ServerAccount Find()
    {
        // "Uid:  real  effective  saved  filesystem"
        var userId = File.ReadLines("/proc/self/status")
            .First(line => line.StartsWith("Uid:", StringComparison.Ordinal))
            .Split('\t')[2];
        if (userId != "0")
        {
            return new ServerAccount(userId, Environment.UserName, IsRoot: false);
        }
        if (Command.Run("/usr/bin/id", "-u", Postgres).ExitCode != 0)
        {
            throw new RegistrySetupException(
                "PostgreSQL does not run as root, and there is no account 'postgres' to run it as. Install Debian's package "
                    + "'postgresql', which makes one, or run this as an ordinary user."
            );
        }
        return new ServerAccount(userId, "root", IsRoot: true);
    }

    /// <summary>
    /// Runs a program as the account, in a session of its own: a Ctrl-C at the terminal is not for the server.
    /// </summary>
    public Task<CommandResult> RunAsync(
        string directory,
        IEnumerable<string> command,
        string? input,
        CancellationToken cancellationToken
    )
    {
        string[] become = IsRoot
            ? ["setpriv", $"--reuid={Postgres}", $"--regid={Postgres}", "--init-groups", "--inh-caps=-all", "--"]
            : [];
        return Command.RunAsync(
            "/bin/bash",
            ["-c", Prelude, "bash", directory, "setsid", "--wait", .. become, .. command],
            input,
            cancellationToken
        );
    }

    /// <summary>Makes a folder that only the account may enter.</summary>
    public async Task MakeFolderAsync(string path, CancellationToken cancellationToken)
    {
        if (!IsRoot)
        {
            PrivateFolder.Make(path);
            return;
        }
        var made = await Command.RunAsync(
            "/usr/bin/install",
            ["-d", "-m", "0700", "-o", Postgres, "-g", Postgres, "--", path],
            null,
            cancellationToken
        );
        if (made.ExitCode != 0)
        {
            throw new RegistrySetupException($"The folder {path} cannot be made: {made.Words}");
        }
    }
}
