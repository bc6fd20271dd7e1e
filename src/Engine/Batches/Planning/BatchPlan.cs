namespace Torch2Jax.Batches;

/// <summary>The elements of a batch: what each chunk holds, found without reading any data.</summary>
/// <param name="Inputs">The names of the inputs, in the order of their files.</param>
/// <param name="Elements">How many files, or slices, there are.</param>
/// <param name="Files">Of lists of files: one row an element, one file an input. Of split arrays: one row.</param>
/// <param name="Shared">Files that every call gets.</param>
internal sealed record BatchPlan(
    IReadOnlyList<string> Inputs,
    long Elements,
    IReadOnlyList<string[]> Files,
    IReadOnlyList<string> Shared
)
{
    // Each is a row in the database.
    private const int MaxChunks = 10_000_000;

    /// <summary>Looks at the files of a manifest.</summary>
    /// <exception cref="Errors.EngineException">A path, a pattern or an array is wrong; says which.</exception>
    public static BatchPlan Make(BatchManifest manifest, BatchFolder folder)
    {
        var names = manifest.Inputs.Keys.Order(StringComparer.Ordinal).ToArray();
        string[] shared =
        [
            .. manifest
                .Args.Concat(manifest.Kwargs?.Values ?? [])
                .SelectMany(argument => argument.Files)
                .Select(file => RequireFile(folder.Resolve(file.Path, "args"), "args"))
                .Distinct(),
        ];
        return manifest.SplitsArrays
            ? OfArrays(manifest, folder, names, shared)
            : OfFiles(manifest, folder, names, shared);
    }

    /// <summary>Divides the elements into chunks.</summary>
    public IReadOnlyList<PlannedChunk> Chunks(int size)
    {
        var count = (Elements + size - 1) / size;
        if (count > MaxChunks)
        {
            throw ManifestObject.Error(
                $"The batch would have {count} chunks; at most {MaxChunks} are possible. Make chunkSize larger.",
                "chunkSize"
            );
        }

        // Looked at once each, however many chunks they are in.
        InputFile[] common = [.. Shared.Select(InputFile.Now)];
        var whole = Files.Count == 1 ? Files[0].Select(InputFile.Now).ToArray() : null;
        return
        [
            .. Enumerable
                .Range(0, (int)count)
                .Select(index =>
                {
                    var first = (long)index * size;
                    var length = (int)Math.Min(size, Elements - first);
                    var own = whole ?? Rows(first, length).Select(InputFile.Now);
                    return new PlannedChunk(index, first, length, InputFile.Text(own.Concat(common)));
                }),
        ];
    }

    private IEnumerable<string> Rows(long first, int length) =>
        Files.Skip((int)first).Take(length).SelectMany(row => row);

    private static BatchPlan OfFiles(BatchManifest manifest, BatchFolder folder, string[] names, string[] shared)
    {
        var lists = names
            .Select(name =>
                FileList.Expand(((FilesInput)manifest.Inputs[name]).Pattern, folder, $"inputs.{name}.files")
            )
            .ToArray();
        for (var i = 1; i < lists.Length; i++)
        {
            RequirePairs(lists[0], lists[i], names[0], names[i]);
        }

        string[][] rows = [.. Enumerable.Range(0, lists[0].Count).Select(i => lists.Select(list => list[i]).ToArray())];
        return new BatchPlan(names, rows.Length, rows, shared);
    }

    private static BatchPlan OfArrays(BatchManifest manifest, BatchFolder folder, string[] names, string[] shared)
    {
        var files = new string[names.Length];
        var (length, of) = (-1L, "");
        for (var i = 0; i < names.Length; i++)
        {
            var input = (ArrayInput)manifest.Inputs[names[i]];
            var place = $"inputs.{names[i]}";
            files[i] = RequireFile(folder.Resolve(input.File, $"{place}.array"), $"{place}.array");
            using var slices = new ArraySlices(files[i], input.Axis, place);
            if (length >= 0 && slices.Length != length)
            {
                throw ManifestObject.Error(
                    $"The array has {slices.Length} slices, that of \"{of}\" has {length}; they are split alike.",
                    place
                );
            }

            (length, of) = (slices.Length, names[i]);
        }

        return length > 0
            ? new BatchPlan(names, length, [files], shared)
            : throw ManifestObject.Error("The array has no slice along its axis.", $"inputs.{names[0]}");
    }

    private static void RequirePairs(
        IReadOnlyList<string> first,
        IReadOnlyList<string> second,
        string firstName,
        string secondName
    )
    {
        var place = $"inputs.{secondName}.files";
        if (first.Count != second.Count)
        {
            throw ManifestObject.Error(
                $"{second.Count} files match, but {first.Count} those of \"{firstName}\": they are taken in pairs.",
                place
            );
        }

        for (var i = 0; i < first.Count; i++)
        {
            var (one, other) = (
                Path.GetFileNameWithoutExtension(first[i]),
                Path.GetFileNameWithoutExtension(second[i])
            );
            if (one != other)
            {
                throw ManifestObject.Error(
                    $"Pairs have one name: \"{one}\" of \"{firstName}\" would go with \"{other}\".",
                    place
                );
            }
        }
    }

    private static string RequireFile(string path, string place) =>
        File.Exists(path) ? path : throw ManifestObject.Error($"There is no file \"{Path.GetFileName(path)}\".", place);
}
