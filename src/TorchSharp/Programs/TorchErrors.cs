using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Torch2Jax.Errors;

namespace Torch2Jax.TorchSharp.Programs;

/// <summary>libtorch's texts without its back traces and places; the one gate from TorchSharp's exception to the engine's.</summary>
internal static partial class TorchErrors
{
    /// <summary>The error of a function that raised, or of an operator.</summary>
    public static EngineException OfFunction(ExternalException error) =>
        new(ErrorCode.ExecutionFailed, Clean(error.Message), innerException: error);

    public static EngineException OfCompiler(string message) => new(ErrorCode.InvalidSource, Clean(message));

    private static string Clean(string message)
    {
        string text = BackTrace().Replace(message, "");
        text = text.Replace(
            "The following operation failed in the TorchScript interpreter.\n",
            "",
            StringComparison.Ordinal
        );
        text = Wrapper().Replace(text, "");
        text = Place().Replace(text, "");
        return Address().Replace(text, "").Trim('\n', ' ');
    }

    [GeneratedRegex(@"\n(Exception raised from [^\n]*|C\+\+ CapturedTraceback:)(\nframe #[^\n]*)*")]
    private static partial Regex BackTrace();

    // The call inside our own wrapper is nothing that the function's author wrote.
    [GeneratedRegex("""  File "<string>", line \d+, in t2j_call\n(?:.*\n)*?.*~+ <--- HERE\n""")]
    private static partial Regex Wrapper();

    [GeneratedRegex(""" at "[^"\n]*":\d+(, please report a bug to PyTorch\.)?""")]
    private static partial Regex Place();

    [GeneratedRegex(@" \(of Python compilation unit at: 0x[0-9a-f]+\)")]
    private static partial Regex Address();
}
