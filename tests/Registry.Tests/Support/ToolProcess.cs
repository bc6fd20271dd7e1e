using System.Diagnostics;

namespace Torch2Jax.Registry.Tests.Support;

/// <summary>A second process: tests/Registry.Tool.</summary>
internal static class ToolProcess
{
    public const string Name = "Torch2Jax.Registry.Tool";

    /// <summary>The tool's folder; its files lie beside the tests.</summary>
    public static string Folder => AppContext.BaseDirectory;

    public static string Program(string folder) => Path.Combine(folder, Name + ".dll");

    /// <summary>The runtime that runs the tests.</summary>
    public static string Dotnet =>
        Path.Combine(
            Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "../../..")),
            "dotnet"
        );

    public static Process StartTool(params string[] arguments) => Start([Dotnet, Program(Folder), .. arguments]);

    public static Process Start(string[] command)
    {
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return Process.Start(start)!;
    }

    /// <summary>What it printed; an error where it failed.</summary>
    public static async Task<string> OutputAsync(this Process process)
    {
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await error);
        process.Dispose();
        return output.Trim();
    }
}
