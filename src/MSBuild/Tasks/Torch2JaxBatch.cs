using System.Text.Json;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace Torch2Jax.MSBuild;

/// <summary>Runs batches: functions over files, as their manifests say.</summary>
public sealed class Torch2JaxBatch : ToolTaskBase
{
    // Complete, but for chunks that the manifest lets be left out; the tool has warned of them.
    private const int Skipped = 7;

    /// <summary>The manifests; metadata as docs/msbuild.md has them.</summary>
    [Required]
    public ITaskItem[] Batches { get; set; } = [];

    /// <summary>The batches that ran, with Id, Name, Function, State, Chunks, Completed, Failed and Summary.</summary>
    [Output]
    public ITaskItem[] Results { get; private set; } = [];

    /// <inheritdoc/>
    public override bool Execute()
    {
        var results = new List<ITaskItem>();
        foreach (var batch in Batches)
        {
            Run(
                BatchOptions.Arguments(batch),
                $"Torch2JaxBatch '{batch.ItemSpec}'",
                answer => results.Add(Take(batch, answer)),
                alsoGood: Skipped
            );
        }

        Results = [.. results];
        return !Log.HasLoggedErrors && results.Count == Batches.Length;
    }

    private static TaskItem Take(ITaskItem batch, JsonElement answer)
    {
        // Only of a batch that is complete: that the file is there, and new, says to MSBuild that there is nothing to do.
        var summary = Path.GetFullPath(batch.GetMetadata("Summary"));
        Directory.CreateDirectory(Path.GetDirectoryName(summary)!);
        File.WriteAllText(summary, answer.GetRawText() + "\n");
        var item = new TaskItem(ItemText.Escaped(batch.ItemSpec));
        foreach (
            var (metadata, field) in new[]
            {
                ("Id", "id"),
                ("Name", "name"),
                ("Function", "function"),
                ("State", "state"),
            }
        )
        {
            item.SetMetadata(metadata, ItemText.Escaped(answer.GetProperty(field).GetString()!));
        }

        var chunks = answer.GetProperty("chunks");
        item.SetMetadata("Chunks", chunks.GetProperty("total").GetRawText());
        item.SetMetadata("Completed", chunks.GetProperty("completed").GetRawText());
        item.SetMetadata("Failed", chunks.GetProperty("discarded").GetRawText());
        item.SetMetadata("Summary", batch.GetMetadata("Summary"));
        return item;
    }
}
