using System.Text.Json;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace Torch2Jax.MSBuild;

/// <summary>Calls functions and writes their outputs to files.</summary>
public sealed class Torch2JaxInvoke : ToolTaskBase
{
    /// <summary>The calls; metadata as docs/msbuild.md has them.</summary>
    [Required]
    public ITaskItem[] Calls { get; set; } = [];

    /// <summary>
    /// The files written, with Call, Function, ShapeKey, Cache, ElapsedMs, Shapes, and Value where there is one number.
    /// </summary>
    [Output]
    public ITaskItem[] Results { get; private set; } = [];

    /// <inheritdoc/>
    public override bool Execute()
    {
        var results = new List<ITaskItem>();
        var done = 0;
        foreach (var call in Calls)
        {
            Run(
                CallOptions.Arguments(call),
                $"Torch2JaxCall '{call.ItemSpec}'",
                answer =>
                {
                    done++;
                    results.AddRange(CallOptions.Outputs(call).Select(file => Take(call, file, answer)));
                }
            );
        }

        Results = [.. results];
        return !Log.HasLoggedErrors && done == Calls.Length;
    }

    private static TaskItem Take(ITaskItem call, string file, JsonElement answer)
    {
        var item = new TaskItem(ItemText.Escaped(file));
        item.SetMetadata("Call", call.ItemSpec);
        foreach (
            var (metadata, field) in new[] { ("Function", "function"), ("ShapeKey", "shapeKey"), ("Cache", "cache") }
        )
        {
            item.SetMetadata(metadata, answer.GetProperty(field).GetString());
        }

        item.SetMetadata("ElapsedMs", answer.GetProperty("elapsedMs").GetRawText());
        item.SetMetadata(
            "Shapes",
            string.Join(", ", answer.GetProperty("shapes").EnumerateObject().Select(shape => shape.Value.GetString()))
        );
        var scalars = answer.GetProperty("scalars").EnumerateObject().ToList();
        if (scalars is [{ } only])
        {
            item.SetMetadata("Value", only.Value.GetString());
        }

        return item;
    }
}
