using System.Text.Json;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace Torch2Jax.MSBuild;

/// <summary>Registers functions. An error of a source points at its file and line.</summary>
public sealed class Torch2JaxRegister : ToolTaskBase
{
    /// <summary>Sources and archives; metadata as docs/msbuild.md has them.</summary>
    [Required]
    public ITaskItem[] Functions { get; set; } = [];

    /// <summary>The functions, with Name, Version, Reference, Sha256 and Signature.</summary>
    [Output]
    public ITaskItem[] Registered { get; private set; } = [];

    /// <inheritdoc/>
    public override bool Execute()
    {
        var registered = new List<ITaskItem>();
        foreach (var function in Functions)
        {
            Run(
                FunctionOptions.Arguments(function),
                $"Registering {function.GetMetadata("Name")}",
                answer => registered.Add(Take(function, answer))
            );
        }

        Registered = [.. registered];
        return !Log.HasLoggedErrors && registered.Count == Functions.Length;
    }

    private static TaskItem Take(ITaskItem function, JsonElement answer)
    {
        var item = new TaskItem(ItemText.Escaped(function.ItemSpec));
        var (name, version) = (answer.GetProperty("name").GetString(), answer.GetProperty("version").GetInt32());
        item.SetMetadata("Name", name);
        item.SetMetadata("Version", $"{version}");
        item.SetMetadata("Reference", $"{name}@{version}");
        item.SetMetadata("Sha256", answer.GetProperty("sha256").GetString());
        item.SetMetadata("Signature", answer.GetProperty("signature").GetString());
        if (function.GetMetadata("Stamp") is { Length: > 0 } stamp)
        {
            File.WriteAllText(stamp, answer.GetRawText() + "\n");
        }

        return item;
    }
}
