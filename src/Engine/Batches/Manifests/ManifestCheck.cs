using System.Text.RegularExpressions;

namespace Torch2Jax.Batches;

/// <summary>What the fields of a manifest must be to one another.</summary>
internal static partial class ManifestCheck
{
    private static readonly string[] InputEndings = [".npy", ".npz", ".safetensors", ".csv"];

    private static readonly string[] OutputEndings = [".npy", ".npz", ".safetensors", ".csv"];

    public static void Check(BatchManifest manifest)
    {
        CheckInputs(manifest);
        CheckReferences(manifest);
        CheckOutput(manifest);
    }

    private static void CheckInputs(BatchManifest manifest)
    {
        if (manifest.Inputs.Count == 0)
        {
            throw ManifestObject.Error("A batch has at least one input.", "inputs");
        }

        if (manifest.Inputs.Values.Select(input => input.GetType()).Distinct().Count() > 1)
        {
            throw ManifestObject.Error(
                "All inputs are lists of files, or all are arrays that are split; a file that every call shares is an argument {\"$file\":PATH}.",
                "inputs"
            );
        }

        foreach (var (name, input) in manifest.Inputs)
        {
            if (input is FilesInput { Pattern: var pattern } && !InputEndings.Any(e => Ends(pattern, e)))
            {
                throw ManifestObject.Error(
                    $"The pattern ends in none of {string.Join(", ", InputEndings)}: the ending says how files are read.",
                    $"inputs.{name}.files"
                );
            }

            if (input is ArrayInput { File: var file } && !Ends(file, ".npy"))
            {
                throw ManifestObject.Error("An array that is split is an .npy file.", $"inputs.{name}.array");
            }
        }
    }

    private static void CheckReferences(BatchManifest manifest)
    {
        var named = manifest
            .Args.Select((arg, i) => (Place: $"args[{i}]", Template: arg))
            .Concat(
                (manifest.Kwargs ?? new Dictionary<string, ArgumentTemplate>()).Select(p =>
                    (Place: $"kwargs.{p.Key}", Template: p.Value)
                )
            )
            .SelectMany(argument => argument.Template.References.Select(reference => (argument.Place, reference)))
            .ToArray();
        foreach (var (place, reference) in named)
        {
            if (!manifest.Inputs.TryGetValue(reference.Input, out var input))
            {
                throw ManifestObject.Error(
                    $"There is no input \"{reference.Input}\"; there are {string.Join(", ", manifest.Inputs.Keys)}.",
                    place
                );
            }

            var holdsSeveral = input is FilesInput { Pattern: var p } && (Ends(p, ".npz") || Ends(p, ".safetensors"));
            if (reference.Key is not null && !holdsSeveral)
            {
                throw ManifestObject.Error("Only npz and safetensors files hold arrays by key.", place);
            }
        }

        foreach (var unused in manifest.Inputs.Keys.Except(named.Select(one => one.reference.Input)))
        {
            throw ManifestObject.Error(
                $"No argument uses it: write {{\"$input\":\"{unused}\"}} into args.",
                $"inputs.{unused}"
            );
        }
    }

    private static void CheckOutput(BatchManifest manifest)
    {
        switch (manifest.Output)
        {
            case ArrayOutput { File: var file }:
                if (!Ends(file, ".npy"))
                {
                    throw ManifestObject.Error("An array that chunks make together is an .npy file.", "output.array");
                }

                if (
                    Placeholders()
                        .Matches(file)
                        .FirstOrDefault(match => match.Groups[1].Value is not ("date" or "time")) is
                    { } other
                )
                {
                    throw ManifestObject.Error(
                        $"There is one file for all results, so no {other.Value}.",
                        "output.array"
                    );
                }

                if (!manifest.SplitsArrays)
                {
                    throw ManifestObject.Error(
                        "Results of separate files go to files of their own: give \"files\", such as \"out/{stem}.npy\".",
                        "output.array"
                    );
                }

                break;
            case FilesOutput { Template: var template }:
                CheckTemplate(manifest, template);
                break;
            default:
                break;
        }
    }

    private static void CheckTemplate(BatchManifest manifest, string template)
    {
        const string path = "output.files";
        string[] names = manifest.SplitsArrays ? ["index", "date", "time"] : ["index", "stem", "date", "time"];
        var used = Placeholders().Matches(template).Select(match => match.Groups[1].Value).ToArray();
        if (used.Except(names).FirstOrDefault() is { } unknown)
        {
            throw ManifestObject.Error(
                $"The template has no {{{unknown}}} here; it may have {string.Join(" and ", names.Select(n => $"{{{n}}}"))}.",
                path
            );
        }

        if (used.All(name => name is "date" or "time"))
        {
            throw ManifestObject.Error(
                $"All results would go to one file; put {string.Join(" or ", names[..^2].Select(n => $"{{{n}}}"))} into the template.",
                path
            );
        }

        if (!OutputEndings.Any(ending => Ends(template, ending)))
        {
            throw ManifestObject.Error(
                $"The template ends in none of {string.Join(", ", OutputEndings)}: the ending says how results are written.",
                path
            );
        }
    }

    private static bool Ends(string path, string ending) => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex(@"\{([^{}]*)\}")]
    private static partial Regex Placeholders();
}
