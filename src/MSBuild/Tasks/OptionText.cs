using Microsoft.Build.Framework;

namespace Torch2Jax.MSBuild;

/// <summary>Metadata as texts of a command line.</summary>
internal static class OptionText
{
    public static IEnumerable<string> Of(ITaskItem item, IEnumerable<(string Metadata, string Option)> values)
    {
        foreach (var (metadata, option) in values)
        {
            if (item.GetMetadata(metadata) is { Length: > 0 } value)
            {
                // One word, so that a value that begins with '-' is no option.
                yield return $"{option}={value}";
            }
        }
    }

    public static IEnumerable<string> List(ITaskItem item, string metadata) =>
        item.GetMetadata(metadata).Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
