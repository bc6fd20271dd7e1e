using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace Torch2Jax.MSBuild;

/// <summary>
/// Looks at the items of a project and says which files each depends on and makes, so that MSBuild itself decides what is
/// out of date (a file that is missing always is, and the tool says so). Metadata are written to a file of their own, which changes when they do.
/// </summary>
public sealed class Torch2JaxPrepare : Microsoft.Build.Utilities.Task
{
    /// <summary>The project, which errors are about.</summary>
    public string? ProjectFile { get; set; }

    /// <summary>Functions to register.</summary>
    public ITaskItem[] Functions { get; set; } = [];

    /// <summary>Calls to make.</summary>
    public ITaskItem[] Calls { get; set; } = [];

    /// <summary>Batches to run.</summary>
    public ITaskItem[] Batches { get; set; } = [];

    /// <summary>Where stamps and options are kept.</summary>
    [Required]
    public string StampDirectory { get; set; } = "";

    /// <summary>Where functions are registered; part of what a stamp stands for.</summary>
    public string Target { get; set; } = "";

    /// <summary>The functions, with InputFiles, Stamp and OptionsFile.</summary>
    [Output]
    public ITaskItem[] PreparedFunctions { get; private set; } = [];

    /// <summary>The calls, with InputFiles, Made, OptionsFile, and SourceFile where the project registers the function.</summary>
    [Output]
    public ITaskItem[] PreparedCalls { get; private set; } = [];

    /// <summary>The batches, with InputFiles, Summary and OptionsFile.</summary>
    [Output]
    public ITaskItem[] PreparedBatches { get; private set; } = [];

    /// <inheritdoc/>
    public override bool Execute()
    {
        Directory.CreateDirectory(StampDirectory);
        PreparedFunctions = [.. Functions.Select(Prepare)];
        var registered = PreparedFunctions
            .GroupBy(function => function.GetMetadata("Name"), StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.First(), StringComparer.Ordinal);
        foreach (var twice in PreparedFunctions.GroupBy(f => f.GetMetadata("Name")).Where(group => group.Count() > 1))
        {
            Fail(
                "T2J_usage",
                $"Two Torch2JaxFunction items have the name '{twice.Key}'; give them names of their own."
            );
        }

        PreparedCalls = [.. Calls.Select(call => Prepare(call, registered))];
        PreparedBatches = [.. Batches.Select(batch => PrepareBatch(batch, registered))];
        return !Log.HasLoggedErrors;
    }

    private TaskItem Prepare(ITaskItem function)
    {
        var path = function.GetMetadata("FullPath");
        var name = function.GetMetadata("Name") is { Length: > 0 } given ? given : function.GetMetadata("Filename");
        var prepared = new TaskItem(function) { ItemSpec = ItemText.Escaped(path) };
        prepared.SetMetadata("Name", name);
        prepared.SetMetadata("Stamp", ItemText.Escaped(Kept($"{name}.registered.json")));
        var options = WriteOptions($"{name}.function.options", function, FunctionOptions.All);
        prepared.SetMetadata("OptionsFile", ItemText.Escaped(options));
        prepared.SetMetadata("InputFiles", Joined([path, options]));
        return prepared;
    }

    private TaskItem Prepare(ITaskItem call, Dictionary<string, ITaskItem> registered)
    {
        var prepared = new TaskItem(call);
        var outputs = CallOptions.Outputs(call).Select(Path.GetFullPath).ToList();
        if (outputs.Count == 0 || call.GetMetadata("Function").Length == 0)
        {
            Fail("T2J_usage", $"Torch2JaxCall '{call.ItemSpec}' needs the metadata Function and OutputFile.");
        }

        var files = CallOptions.Files(call).Select(Path.GetFullPath).ToList();
        if (registered.TryGetValue(call.GetMetadata("Function"), out var function))
        {
            prepared.SetMetadata("SourceFile", ItemText.Escaped(function.ItemSpec));
            files.Add(Path.GetFullPath(function.GetMetadata("Stamp")));
        }

        var options = WriteOptions($"{call.ItemSpec}.call.options", call, CallOptions.All);
        prepared.SetMetadata("OptionsFile", ItemText.Escaped(options));
        prepared.SetMetadata("InputFiles", Joined([.. files, options]));
        prepared.SetMetadata("Made", Joined(outputs));
        return prepared;
    }

    private TaskItem PrepareBatch(ITaskItem batch, Dictionary<string, ITaskItem> registered)
    {
        var path = batch.GetMetadata("FullPath");
        var prepared = new TaskItem(batch) { ItemSpec = ItemText.Escaped(path) };
        var folder = batch.GetMetadata("Folder") is { Length: > 0 } given ? given : Path.GetDirectoryName(path)!;
        var manifest = ManifestFiles.Read(path, Path.GetFullPath(folder));
        var files = manifest.Files.Prepend(path).ToList();
        if (registered.TryGetValue(manifest.Function ?? "", out var function))
        {
            files.Add(Path.GetFullPath(function.GetMetadata("Stamp")));
        }

        // A file that is gone changes the list, if not the time of any file.
        var name = batch.GetMetadata("Filename");
        var options = WriteOptions($"{name}.batch.options", batch, BatchOptions.All, manifest.Files);
        if (batch.GetMetadata("Summary").Length == 0)
        {
            prepared.SetMetadata("Summary", ItemText.Escaped(Kept($"{name}.batch.json")));
        }

        prepared.SetMetadata("OptionsFile", ItemText.Escaped(options));
        prepared.SetMetadata("InputFiles", Joined([.. files, options]));
        return prepared;
    }

    private string WriteOptions(
        string name,
        ITaskItem item,
        IEnumerable<string> metadata,
        IEnumerable<string>? files = null
    )
    {
        var text = new StringBuilder().AppendLine(Target);
        foreach (var file in files ?? [])
        {
            text.AppendLine(file);
        }

        foreach (var key in metadata)
        {
            text.Append(key).Append('=').AppendLine(item.GetMetadata(key));
        }

        var path = Kept(name);
        if (!File.Exists(path) || File.ReadAllText(path) != text.ToString())
        {
            File.WriteAllText(path, text.ToString());
        }

        return path;
    }

    // The name of a call is the project's to choose; not every one is a file's.
    private string Kept(string name) =>
        Path.GetFullPath(Path.Combine(StampDirectory, string.Join('_', name.Split(Path.GetInvalidFileNameChars()))));

    private static string Joined(IEnumerable<string> files) => string.Join(';', files.Select(ItemText.Escaped));

    private void Fail(string code, string message) =>
        Log.LogError(null, code, null, ProjectFile, 0, 0, 0, 0, "{0}", message);
}
