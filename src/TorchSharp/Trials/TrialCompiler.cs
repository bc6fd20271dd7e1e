using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using Torch2Jax.Errors;
using Torch2Jax.TorchSharp.Programs;

namespace Torch2Jax.TorchSharp.Trials;

/// <summary>
/// Compiles texts in another process first. LibTorchSharp lets the compiler's exception through, which ends the process it is
/// thrown in: there it may, and what it says before it ends is the error.
/// </summary>
internal sealed partial class TrialCompiler : IDisposable
{
    private readonly Lock gate = new();
    private readonly StringBuilder said = new();
    private Process? process;

    /// <exception cref="EngineException">InvalidSource, with the compiler's text.</exception>
    public void Check(string text)
    {
        if (Complaint(text) is { } complaint)
        {
            throw TorchErrors.OfCompiler(complaint);
        }
    }

    /// <exception cref="EngineException">InvalidSource: the file is no archive that can be loaded.</exception>
    public void CheckArchive(string file)
    {
        if (Ask(TrialProgram.Archive, file) is { } complaint)
        {
            throw TorchErrors.OfCompiler(complaint);
        }
    }

    /// <summary>What the compiler says against a text; null where it compiles.</summary>
    public string? Complaint(string text) => Ask(TrialProgram.Source, text);

    private string? Ask(char kind, string text)
    {
        lock (gate)
        {
            Process trial = process is { HasExited: false } ? process : Start();
            try
            {
                trial.StandardInput.WriteLine(kind + Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text)));
                trial.StandardInput.Flush();
                if (trial.StandardOutput.ReadLine() == TrialProgram.Compiled)
                {
                    return null;
                }
            }
            catch (IOException)
            {
                // It has ended; what it said before tells why.
            }

            return LastWords(trial);
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            if (process is null)
            {
                return;
            }

            if (!process.HasExited)
            {
                process.StandardInput.Close(); // which ends it
                process.WaitForExit();
            }

            process.Dispose();
            process = null;
        }
    }

    private string LastWords(Process trial)
    {
        trial.WaitForExit();
        trial.Dispose();
        process = null;
        lock (said)
        {
            string text = said.ToString();
            string what = What().Match(text) is { Success: true } found ? found.Groups[1].Value : text;
            return what.Trim().Length > 0 ? what : "the source does not compile; the compiler ended without a word.";
        }
    }

    private Process Start()
    {
        process?.Dispose();
        said.Clear();
        string program = Assembly.GetExecutingAssembly().Location;
        var start = new ProcessStartInfo(HostPath())
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            CreateNoWindow = true,
            StandardInputEncoding = System.Text.Encoding.ASCII,
        };
        start.ArgumentList.Add("exec");
        start.ArgumentList.Add(program);
        start.Environment["DOTNET_DbgEnableMiniDump"] = "0";
        start.Environment["DOTNET_TieredPGO"] = "0";
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new EngineException(
                ErrorCode.Internal,
                $"Sources are compiled in another process first, which cannot be started: {error.Message}.",
                innerException: error
            );
        }

        process.ErrorDataReceived += (_, line) =>
        {
            lock (said)
            {
                said.Append(line.Data).Append('\n');
            }
        };
        process.BeginErrorReadLine();
        return process;
    }

    // The dotnet that this process's runtime belongs to: <root>/shared/Microsoft.NETCore.App/<version>/.
    private static string HostPath()
    {
        string name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        string root = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        string host = Path.Combine(root, name);
        return File.Exists(host) ? host : name;
    }

    [GeneratedRegex(@"what\(\): *\n?(.*)", RegexOptions.Singleline)]
    private static partial Regex What();
}
