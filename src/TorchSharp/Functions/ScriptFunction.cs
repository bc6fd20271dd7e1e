using System.Text.RegularExpressions;
using Torch2Jax.Errors;
using Torch2Jax.Torch;
using Torch2Jax.TorchSharp.Programs;
using Torch2Jax.TorchSharp.Scripts;
using Torch2Jax.TorchSharp.Sources;
using Torch2Jax.TorchSharp.Structures;
using Torch2Jax.TorchSharp.Trials;

namespace Torch2Jax.TorchSharp.Functions;

/// <summary>A function of TorchScript source. Its schema is read from the text, since TorchSharp gives none.</summary>
internal sealed partial class ScriptFunction : TorchSharpFunction
{
    // No function returns it, so the compiler says what ours does return.
    private const string NobodysType = "Dict[int, str]";

    private readonly PreparedSource source;
    private readonly TrialCompiler trials;

    private ScriptFunction(PreparedSource source, TorchType returns, TrialCompiler trials)
        : base(source.Schema(returns))
    {
        this.source = source;
        this.trials = trials;
    }

    protected override bool Loops => source.Loops;

    protected override string? NeedsData => source.NeedsData;

    /// <exception cref="EngineException">InvalidSource, ForbiddenOperator or PayloadTooLarge.</exception>
    public static ScriptFunction Compile(string text, string? entry, TrialCompiler trials)
    {
        PreparedSource source = PreparedSource.Read(text, entry);
        trials.Check(source.Text);
        return new ScriptFunction(source, source.Header.Returns ?? AskForReturns(source, trials), trials);
    }

    protected override LeafFunction Bind(IReadOnlyList<ArgumentStructure> arguments, int leaves)
    {
        string wrapper = WrapperText.Write(source.Header, Schema.Returns, arguments, leaves);
        return new FirstRun(Script.Compile(source.Text + "\n" + wrapper, trials).Call).Call;
    }

    private static TorchType AskForReturns(PreparedSource source, TrialCompiler trials)
    {
        FunctionHeader header = source.Header;
        string parameters = string.Join(", ", header.Arguments.Select(argument => $"{argument.Name}: {argument.Type}"));
        string given = string.Join(", ", header.Arguments.Select(argument => $"{argument.Name}={argument.Name}"));
        string question =
            $"{source.Text}\ndef t2j_returns({parameters}) -> {NobodysType}:\n    return {header.Name}({given})\n";
        string answer = trials.Complaint(question) ?? "";
        if (Actual().Match(answer) is not { Success: true } found)
        {
            throw new EngineException(
                ErrorCode.InvalidSource,
                $"what '{header.Name}' returns could not be found out; annotate it: def {header.Name}(...) -> Tensor:"
            );
        }

        return TorchType.Parse(found.Groups[1].Value.Replace(" (inferred)", "", StringComparison.Ordinal));
    }

    [GeneratedRegex(@"is actually of type (.+?):?\n")]
    private static partial Regex Actual();
}
