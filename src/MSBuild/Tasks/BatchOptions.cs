using Microsoft.Build.Framework;

namespace Torch2Jax.MSBuild;

/// <summary>The metadata of a Torch2JaxBatch as options of the tool.</summary>
internal static class BatchOptions
{
    private static readonly (string Metadata, string Option)[] Values = [("Folder", "--folder")];

    /// <summary>All metadata that decide what is done, or where it goes.</summary>
    public static IEnumerable<string> All => Values.Select(value => value.Metadata).Append("Summary");

    public static IEnumerable<string> Arguments(ITaskItem batch) =>
        [
            "batch",
            "run",
            batch.ItemSpec,
            "--plain",
            // A build that was cancelled, or failed, is gone on with; what it had read and was changed since is read again.
            "--continue",
            "--accept-changed-inputs",
            .. OptionText.Of(batch, Values),
        ];
}
