using System.Globalization;
using Torch2Jax.Errors;

namespace Torch2Jax.Batches;

/// <summary>The full paths of a batch's results.</summary>
internal sealed class OutputPaths(BatchOutput output, BatchFolder folder, DateTimeOffset madeAt)
{
    private const string Place = "output";

    private readonly string template = output switch
    {
        FilesOutput files => files.Template,
        ArrayOutput array => array.File,
        _ => throw new ArgumentException("Results go to files or into an array.", nameof(output)),
    };

    /// <summary>The file that all results make together.</summary>
    public string Whole => Of(0, "");

    /// <summary>The file of an element.</summary>
    /// <param name="index">Which element.</param>
    /// <param name="stem">Its file's name without the ending.</param>
    public string Of(long index, string stem) =>
        folder.Resolve(
            template
                .Replace("{index}", index.ToString("D6", CultureInfo.InvariantCulture), StringComparison.Ordinal)
                .Replace("{stem}", stem, StringComparison.Ordinal)
                .Replace(
                    "{date}",
                    madeAt.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
                    StringComparison.Ordinal
                )
                .Replace("{time}", madeAt.ToString("HHmmss", CultureInfo.InvariantCulture), StringComparison.Ordinal),
            Place
        );

    /// <summary>All files of a plan, each checked: no two are one, none is an input, none is there unless it may be.</summary>
    /// <exception cref="EngineException">Conflict or Forbidden.</exception>
    public void Check(BatchPlan plan, int chunkSize, bool splits, bool overwrite)
    {
        var inputs = plan.Files.SelectMany(row => row).Concat(plan.Shared).Select(CanonicalPath.Of).ToHashSet();
        var outputs = new Dictionary<string, long>();
        var count =
            output is ArrayOutput ? 1
            : splits ? (plan.Elements + chunkSize - 1) / chunkSize
            : plan.Elements;
        for (var i = 0L; i < count; i++)
        {
            var path = Of(i, splits ? "" : Path.GetFileNameWithoutExtension(plan.Files[(int)i][0]));
            if (!outputs.TryAdd(path, i))
            {
                throw ManifestObject.Error(
                    $"The results {outputs[path]} and {i} would both go to \"{Path.GetFileName(path)}\"; put {{index}} into the template.",
                    Place
                );
            }

            CheckOne(path, inputs, overwrite);
        }
    }

    private static void CheckOne(string path, HashSet<string> inputs, bool overwrite)
    {
        if (inputs.Contains(CanonicalPath.Of(path)))
        {
            throw new EngineException(
                ErrorCode.Conflict,
                $"\"{Path.GetFileName(path)}\" is an input of the batch; inputs are never overwritten.",
                Place
            );
        }

        if (Directory.Exists(path) || (!overwrite && File.Exists(path)))
        {
            throw new EngineException(
                ErrorCode.Conflict,
                $"\"{Path.GetFileName(path)}\" is there already; move it, or set \"overwrite\" to true.",
                Place
            );
        }
    }
}
