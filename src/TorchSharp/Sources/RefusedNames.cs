using System.Text.RegularExpressions;
using Torch2Jax.Errors;

namespace Torch2Jax.TorchSharp.Sources;

/// <summary>
/// Operators that reach outside the computation, by name: the native library's own list (operators.cpp), which looks at
/// graphs. Here only the text can be looked at, where an operator is <c>torch.NAME</c> or <c>x.NAME</c>.
/// </summary>
internal static partial class RefusedNames
{
    // What a value's attribute may not be. Other names on the list are harmless as fields (`torch.max(x, 0).indices`).
    private static readonly string[] ReasonsOfAttributes = ["kFiles", "kGradMode", "kSeed", "kMemory", "kAsync"];

    private static readonly string Text = NativeTexts.Read("operators.cpp");

    private static readonly Dictionary<string, string> Reasons = Reason().Matches(Text).ToDictionary(Key, Value);

    private static readonly Dictionary<string, string> Names = Table("kNames");

    private static readonly Dictionary<string, string> Starts = Table("kStarts");

    private static readonly Dictionary<string, string> Parts = Table("kParts");

    private static readonly HashSet<string> Underscored =
    [
        .. Quoted().Matches(Section("kUnderscored")).Select(match => match.Groups[1].Value),
    ];

    /// <summary>How many rules there are; a test sees that they were found.</summary>
    public static int Count => Names.Count + Starts.Count + Parts.Count;

    /// <summary>Refuses <c>torch.NAME</c>.</summary>
    /// <exception cref="EngineException">ForbiddenOperator.</exception>
    public static void CheckOperator(string name, int line)
    {
        string? reason =
            Names.GetValueOrDefault(name)
            ?? Starts.FirstOrDefault(rule => name.StartsWith(rule.Key, StringComparison.Ordinal)).Value
            ?? Parts.FirstOrDefault(rule => name.Contains(rule.Key, StringComparison.Ordinal)).Value
            ?? (name.StartsWith('_') && !Underscored.Contains(name) ? "kInternal" : null);
        if (reason is not null)
        {
            Refuse("torch." + name, reason, line);
        }
    }

    /// <summary>Refuses <c>x.NAME</c>, and functions that would name an operator by a text.</summary>
    /// <exception cref="EngineException">ForbiddenOperator.</exception>
    public static void CheckAttribute(string name, int line)
    {
        if (name == "getattr")
        {
            Refuse(name, "kInternal", line);
        }

        if (Names.TryGetValue(name, out string? reason) && ReasonsOfAttributes.Contains(reason))
        {
            Refuse(name, reason, line);
        }
    }

    private static void Refuse(string name, string reason, int line) =>
        throw new EngineException(
            ErrorCode.ForbiddenOperator,
            $"the operator {name} is not allowed: {Reasons[reason]} (line {line})."
        );

    private static Dictionary<string, string> Table(string name) =>
        Rule().Matches(Section(name)).ToDictionary(Key, Value);

    private static string Section(string name)
    {
        int start = Text.IndexOf($" {name}[] = {{", StringComparison.Ordinal);
        return Text[start..Text.IndexOf("};", start, StringComparison.Ordinal)];
    }

    private static string Key(Match match) => match.Groups[1].Value;

    private static string Value(Match match) => match.Groups[2].Value;

    [GeneratedRegex("""constexpr const char\* (k\w+) = "([^"]*)";""")]
    private static partial Regex Reason();

    [GeneratedRegex("""\{"(\w+)", (k\w+)\}""")]
    private static partial Regex Rule();

    [GeneratedRegex("\"(\\w+)\"")]
    private static partial Regex Quoted();
}
