using System.Globalization;
using System.Text.RegularExpressions;

namespace Torch2Jax.Registry.Embedded;

/// <summary>A folder with the programs of a PostgreSQL server.</summary>
internal sealed partial record PostgresBinaries(string Folder, int Version)
{
    private const string Debian = "/usr/lib/postgresql";
    private static readonly string[] Programs = ["initdb", "pg_ctl", "postgres"];

    public string this[string program] => Path.Combine(Folder, program);

    /// <summary>The programs for a data directory of that major version, or the newest ones where it is null.</summary>
    public static PostgresBinaries Find(int? version, string dataDirectory)
    {
        var found = All();
        if (found.Count == 0)
        {
            throw new RegistrySetupException(
                "No PostgreSQL server is installed (its initdb, pg_ctl and postgres were looked for in "
                    + "TORCH2JAX_POSTGRES_BIN, /usr/lib/postgresql, pg_config's folder and PATH). Install Debian's package "
                    + "'postgresql', or name an existing server in TORCH2JAX_DATABASE."
            );
        }
        if (version is null)
        {
            return found[0];
        }
        return found.FirstOrDefault(one => one.Version == version)
            ?? throw new RegistrySetupException(
                $"The data in {dataDirectory} was made by PostgreSQL {version}; installed here: "
                    + string.Join(", ", found.Select(one => $"{one.Version} ({one.Folder})"))
                    + $". Install PostgreSQL {version}, move the data with pg_upgrade, or choose another folder in "
                    + "TORCH2JAX_DATA."
            );
    }

    private static List<PostgresBinaries> All()
    {
        var named = Environment.GetEnvironmentVariable("TORCH2JAX_POSTGRES_BIN");
        if (!string.IsNullOrEmpty(named))
        {
            return Programs.All(program => File.Exists(Path.Combine(named, program)))
                ? [Ask(named)]
                : throw new RegistrySetupException(
                    $"TORCH2JAX_POSTGRES_BIN is {named}, where initdb, pg_ctl and postgres are not all to be found."
                );
        }
        return
        [
            .. Candidates()
                .Where(folder => Programs.All(program => File.Exists(Path.Combine(folder, program))))
                .Distinct()
                .Select(Ask)
                .OrderByDescending(one => one.Version),
        ];
    }

    private static List<string> Candidates()
    {
        var folders = new List<string>();
        if (Directory.Exists(Debian))
        {
            folders.AddRange(Directory.GetDirectories(Debian).Select(folder => Path.Combine(folder, "bin")));
        }
        foreach (var folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'))
        {
            if (folder.StartsWith('/'))
            {
                folders.Add(folder);
                if (File.Exists(Path.Combine(folder, "pg_config")))
                {
                    folders.Add(Command.Run(Path.Combine(folder, "pg_config"), "--bindir").Output.Trim());
                }
            }
        }
        return folders;
    }

    private static PostgresBinaries Ask(string folder)
    {
        // "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", "postgres (PostgreSQL) 18beta1"
        var answer = Command.Run(Path.Combine(folder, "postgres"), "--version").Output;
        var match = Number().Match(answer);
        return match.Success
            ? new PostgresBinaries(folder, int.Parse(match.ValueSpan, CultureInfo.InvariantCulture))
            : throw new RegistrySetupException($"'{folder}/postgres --version' did not say its version.");
    }

    [GeneratedRegex(@"(?<=PostgreSQL\) )[0-9]+")]
    private static partial Regex Number();
}
