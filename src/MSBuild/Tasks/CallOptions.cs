using Microsoft.Build.Framework;

namespace Torch2Jax.MSBuild;

/// <summary>The metadata of a Torch2JaxCall as options of the tool.</summary>
internal static class CallOptions
{
    private static readonly (string Metadata, string Option)[] Values =
    [
        ("Transforms", "--transforms"),
        ("Sharding", "--sharding"),
        ("OutputShapes", "--output-shapes"),
        ("Device", "--device"),
        ("Seed", "--seed"),
        ("Timeout", "--timeout"),
        ("SourceFile", "--source"),
    ];

    /// <summary>All metadata that decide an answer, or where it goes.</summary>
    public static IEnumerable<string> All =>
        Values.Select(value => value.Metadata).Concat(["Function", "Arguments", "Keywords", "OutputFile"]);

    public static IEnumerable<string> Outputs(ITaskItem call) => OptionText.List(call, "OutputFile");

    /// <summary>The files that a call reads: <c>@file</c> and <c>@file#entry</c> among its arguments.</summary>
    public static IEnumerable<string> Files(ITaskItem call) =>
        OptionText
            .List(call, "Arguments")
            .Concat(OptionText.List(call, "Keywords").Select(keyword => keyword[(keyword.IndexOf('=') + 1)..]))
            .Where(argument => argument.StartsWith('@'))
            .Select(argument => argument[1..].Split('#', 2)[0])
            .Distinct();

    public static IEnumerable<string> Arguments(ITaskItem call)
    {
        yield return "invoke";
        yield return call.GetMetadata("Function");
        foreach (var argument in OptionText.List(call, "Arguments"))
        {
            yield return argument;
        }

        foreach (var keyword in OptionText.List(call, "Keywords"))
        {
            yield return "--keyword=" + keyword;
        }

        foreach (var output in Outputs(call))
        {
            yield return "--output=" + output;
        }

        foreach (var text in OptionText.Of(call, Values))
        {
            yield return text;
        }
    }
}
