using System.Globalization;
using Torch2Jax.Errors;
using Torch2Jax.Torch;
using Torch2Jax.TorchSharp.Structures;

namespace Torch2Jax.TorchSharp.Functions;

/// <summary>Defaults in a C# function's signature, which no compiler reads: numbers, booleans, texts and None.</summary>
internal static class DefaultValues
{
    public static ArgumentStructure Read(FunctionArgument argument)
    {
        string text = argument.DefaultText!;
        bool isInteger = long.TryParse(
            text,
            NumberStyles.AllowLeadingSign,
            CultureInfo.InvariantCulture,
            out long integer
        );
        bool isNumber = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number);
        return text switch
        {
            "None" => new ArgumentStructure.None(),
            "True" or "False" => new ArgumentStructure.Value(text == "True"),
            _ when isInteger => new ArgumentStructure.Value(integer),
            _ when isNumber => new ArgumentStructure.Value(number),
            ['\'' or '"', .., '\'' or '"'] => new ArgumentStructure.Value(text[1..^1]),
            _ => throw new EngineException(
                ErrorCode.InvalidSource,
                $"the default of '{argument.Name}', {text}, is no number, boolean, text or None."
            ),
        };
    }
}
