using Torch2Jax.Registry.Embedded;
using Torch2Jax.Registry.Tests.Support;

namespace Torch2Jax.Registry.Tests.Embedded;

/// <summary>What root does for the account postgres, an ordinary user does for itself. Root plays that user here.</summary>
public sealed class OrdinaryUserTests
{
    [SkippableFact]
    public async Task An_ordinary_user_has_a_server_of_its_own()
    {
        Skip.If(Environment.UserName != "root", "The other tests run as an ordinary user already.");
        var folder = Directory.CreateTempSubdirectory("torch2jax-user-").FullName;
        try
        {
            // The repository may lie where that user may not look.
            Copy(ToolProcess.Folder, Path.Combine(folder, "tool"));
            var home = Path.Combine(folder, "home");
            await RunAsRootAsync($"chmod -R a+rX '{folder}'; mkdir -m 0700 '{home}'; chown nobody: '{home}'");

            var first = await AsNobodyAsync(folder, "start", $"{home}/data");
            var again = await AsNobodyAsync(folder, "start", $"{home}/data");
            var saved = await AsNobodyAsync(folder, "save", $"{home}/data", "other", "f", "2");
            var owner = await RunAsRootAsync(
                $"stat -c %U '{home}/data/postgres' $(cut -d' ' -f1 <<<'{first}' | xargs -I{{}} echo /proc/{{}})"
            );
            var stopped = await AsNobodyAsync(folder, "stop", $"{home}/data");

            Assert.Equal(first, again);
            Assert.Equal("1\n2", saved);
            Assert.Equal("nobody\nnobody", owner);
            Assert.Equal("stopped", stopped);
        }
        finally
        {
            await RunAsRootAsync($"rm -rf '{folder}'");
        }
    }

    [SkippableFact]
    public async Task Another_user_s_data_is_refused_in_words()
    {
        Skip.If(Environment.UserName != "root", "Only root can be two users.");
        var folder = Directory.CreateTempSubdirectory("torch2jax-user-").FullName;
        try
        {
            Copy(ToolProcess.Folder, Path.Combine(folder, "tool"));
            await RunAsRootAsync(
                $"chmod -R a+rX '{folder}'; mkdir -m 0700 '{folder}/mine'; chown nobody: '{folder}/mine'"
            );
            await AsNobodyAsync(folder, "start", $"{folder}/mine");

            // Root's server would be the account postgres, which cannot read that data; nobody cannot enter root's.
            var root = await Assert.ThrowsAsync<RegistrySetupException>(() =>
                EmbeddedPostgres.StartAsync($"{folder}/mine", null, default)
            );
            await RunAsRootAsync($"mkdir -m 0700 '{folder}/roots'");
            using var nobody = ToolProcess.Start(Command(folder, "start", $"{folder}/roots"));
            var words = await nobody.StandardError.ReadToEndAsync();
            await nobody.WaitForExitAsync();
            await AsNobodyAsync(folder, "stop", $"{folder}/mine");

            Assert.Contains("belongs to another user", root.Message, StringComparison.Ordinal);
            Assert.Equal(1, nobody.ExitCode);
            Assert.Contains("TORCH2JAX_DATA", words, StringComparison.Ordinal);
        }
        finally
        {
            await RunAsRootAsync($"rm -rf '{folder}'");
        }
    }

    private static Task<string> AsNobodyAsync(string folder, params string[] arguments) =>
        ToolProcess.Start(Command(folder, arguments)).OutputAsync();

    private static string[] Command(string folder, params string[] arguments) =>
        [
            "setpriv",
            "--reuid=nobody",
            "--regid=nogroup",
            "--clear-groups",
            "--",
            "env",
            $"HOME={folder}/home",
            ToolProcess.Dotnet,
            ToolProcess.Program(Path.Combine(folder, "tool")),
            .. arguments,
        ];

    private static Task<string> RunAsRootAsync(string script) =>
        ToolProcess.Start(["bash", "-c", script]).OutputAsync();

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from))
        {
            var name = Path.GetFileName(file);
            if (name.EndsWith(".dll", StringComparison.Ordinal) || name.EndsWith(".json", StringComparison.Ordinal))
            {
                File.Copy(file, Path.Combine(to, name));
            }
        }
    }
}
