using System.Text.Json;
using Microsoft.Build.Framework;

namespace Torch2Jax.MSBuild;

/// <summary>Runs the tool once for each item, and logs what it reports as MSBuild's own errors and warnings.</summary>
public abstract class ToolTaskBase : Microsoft.Build.Utilities.Task, ICancelableTask, IDisposable
{
    private readonly Lock gate = new();
    private ToolProcess? running;
    private bool cancelled;

    /// <summary>The tool, torch2jax.dll.</summary>
    [Required]
    public string Tool { get; set; } = "";

    /// <summary>The project, which errors without another place are about.</summary>
    public string? ProjectFile { get; set; }

    /// <summary>A service's address; empty for this machine.</summary>
    public string? Uri { get; set; }

    /// <summary>The environment variable that holds the service's key.</summary>
    public string? KeyVariable { get; set; }

    /// <summary>A connection string; it reaches the tool through its environment, never its command line.</summary>
    public string? Database { get; set; }

    /// <summary>The folder of the private PostgreSQL.</summary>
    public string? DataDirectory { get; set; }

    /// <summary>The PostgreSQL schema.</summary>
    public string? Schema { get; set; }

    /// <summary>Ends the tool.</summary>
    public void Cancel()
    {
        lock (gate)
        {
            cancelled = true;
            running?.Kill();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        running?.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Runs the tool.</summary>
    /// <param name="arguments">The command and its own options.</param>
    /// <param name="item">What the run is about, in words.</param>
    /// <param name="answer">Gets the JSON that it answered with.</param>
    /// <param name="alsoGood">An exit code besides 0 with which it answers.</param>
    /// <returns>Whether it did what it was asked for.</returns>
    private protected bool Run(IEnumerable<string> arguments, string item, Action<JsonElement> answer, int alsoGood = 0)
    {
        if (!File.Exists(Tool))
        {
            Fail("T2J_usage", $"Torch2JaxTool is '{Tool}', and there is no such file.");
            return false;
        }

        ToolProcess process;
        lock (gate)
        {
            if (cancelled)
            {
                return false;
            }

            running?.Dispose();
            running = process = new ToolProcess(
                Tool,
                [.. arguments, .. Connection(), "--json", "--errors=json"],
                settings => SetEnvironment(settings.Environment),
                line => LogReport(line, item)
            );
        }

        Log.LogMessage(MessageImportance.Normal, "{0}", item);
        var code = process.Run();
        if (code == 0 || code == alsoGood)
        {
            using var document = JsonDocument.Parse(process.Output);
            answer(document.RootElement);
            return true;
        }

        if (!cancelled && !Log.HasLoggedErrors)
        {
            Fail("T2J_internal", $"{item}: torch2jax ended with {code} and said nothing.");
        }

        return false;
    }

    private IEnumerable<string> Connection()
    {
        if (!string.IsNullOrEmpty(Uri))
        {
            yield return "--url=" + Uri;
        }
        else if (string.IsNullOrEmpty(Database) && !string.IsNullOrEmpty(DataDirectory))
        {
            yield return "--data=" + DataDirectory;
        }

        if (!string.IsNullOrEmpty(KeyVariable))
        {
            yield return "--key-variable=" + KeyVariable;
        }

        if (!string.IsNullOrEmpty(Schema))
        {
            yield return "--schema=" + Schema;
        }
    }

    private void SetEnvironment(IDictionary<string, string?> environment)
    {
        if (!string.IsNullOrEmpty(Database))
        {
            environment["TORCH2JAX_DATABASE"] = Database;
            environment.Remove("TORCH2JAX_URL");
        }
    }

    private void LogReport(string line, string item)
    {
        if (ToolReport.TryRead(line) is not { } report)
        {
            Log.LogMessage(MessageImportance.High, "{0}", line);
            return;
        }

        var message = report.File is null ? $"{item}: {report.Message}" : report.Message;
        var file = report.File ?? ProjectFile;
        var code = "T2J_" + report.Code;
        if (report.Severity == "warning")
        {
            Log.LogWarning(null, code, null, file, report.Line, report.Column, 0, 0, "{0}", message);
        }
        else
        {
            Log.LogError(null, code, null, file, report.Line, report.Column, 0, 0, "{0}", message);
        }
    }

    private void Fail(string code, string message) =>
        Log.LogError(null, code, null, ProjectFile, 0, 0, 0, 0, "{0}", message);
}
