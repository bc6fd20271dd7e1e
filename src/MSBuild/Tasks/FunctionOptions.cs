using Microsoft.Build.Framework;

namespace Torch2Jax.MSBuild;

/// <summary>The metadata of a Torch2JaxFunction as options of the tool.</summary>
internal static class FunctionOptions
{
    private static readonly (string Metadata, string Option)[] Values =
    [
        ("Entry", "--entry"),
        ("ExampleArguments", "--example-arguments"),
        ("ExampleKeywords", "--example-keywords"),
        ("OutputShapes", "--output-shapes"),
        ("VmapMethod", "--vmap-method"),
        ("Nondiff", "--nondiff"),
        ("Isolation", "--isolation"),
        ("Description", "--description"),
    ];

    /// <summary>All metadata that decide what is registered.</summary>
    public static IEnumerable<string> All => Values.Select(value => value.Metadata).Append("Functional").Append("Name");

    public static IEnumerable<string> Arguments(ITaskItem function)
    {
        yield return "register";
        yield return function.GetMetadata("Name");
        yield return function.GetMetadata("FullPath");
        if (string.Equals(function.GetMetadata("Functional"), "true", StringComparison.OrdinalIgnoreCase))
        {
            yield return "--functional";
        }

        foreach (var text in OptionText.Of(function, Values))
        {
            yield return text;
        }
    }
}
