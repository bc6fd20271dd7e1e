using System.Globalization;

namespace Torch2Jax.TorchSharp.Sources;

/// <summary>What a dotted name of PyTorch is called where only ATen's operators are known, as <c>torch.NAME</c>.</summary>
internal static class TorchNames
{
    private static readonly HashSet<string> Modules =
    [
        "torch",
        "torch.nn",
        "torch.nn.functional",
        "torch.functional",
        "torch.linalg",
        "torch.fft",
        "torch.special",
        "torch.jit",
        "torch.autograd",
        "torch.Tensor",
        "torch.ops",
        "torch.ops.aten",
        "math",
    ];

    private static readonly HashSet<string> Errors =
    [
        "Exception",
        "ValueError",
        "RuntimeError",
        "TypeError",
        "IndexError",
        "KeyError",
        "AssertionError",
        "NotImplementedError",
        "ArithmeticError",
        "ZeroDivisionError",
        "OverflowError",
        "FloatingPointError",
        "LookupError",
        "AttributeError",
    ];

    // The numbers of c10::ScalarType, c10::Layout and c10::MemoryFormat, which is what these are in TorchScript.
    private static readonly Dictionary<string, int> Integers = new()
    {
        ["uint8"] = 0,
        ["int8"] = 1,
        ["int16"] = 2,
        ["short"] = 2,
        ["int32"] = 3,
        ["int"] = 3,
        ["int64"] = 4,
        ["long"] = 4,
        ["float16"] = 5,
        ["half"] = 5,
        ["float32"] = 6,
        ["float"] = 6,
        ["float64"] = 7,
        ["double"] = 7,
        ["complex64"] = 9,
        ["cfloat"] = 9,
        ["complex128"] = 10,
        ["cdouble"] = 10,
        ["bool"] = 11,
        ["bfloat16"] = 15,
        ["strided"] = 0,
        ["contiguous_format"] = 0,
        ["preserve_format"] = 1,
        ["channels_last"] = 2,
        ["channels_last_3d"] = 3,
    };

    private static readonly Dictionary<string, string> Numbers = new()
    {
        ["pi"] = Math.PI.ToString("R", CultureInfo.InvariantCulture),
        ["e"] = Math.E.ToString("R", CultureInfo.InvariantCulture),
        ["tau"] = Math.Tau.ToString("R", CultureInfo.InvariantCulture),
        ["inf"] = "float('inf')",
        ["nan"] = "float('nan')",
    };

    /// <summary>The module a name stands for; null where it stands for something else.</summary>
    public static string? ModuleOf(string name, IReadOnlyDictionary<string, string> imported)
    {
        string path =
            imported.GetValueOrDefault(name)
            ?? name switch
            {
                "F" => "torch.nn.functional",
                "nn" => "torch.nn",
                _ => name,
            };
        return Modules.Contains(path) ? path : null;
    }

    public static bool IsModule(string path) => Modules.Contains(path);

    /// <summary>The one exception that the compiler knows by itself.</summary>
    public const string Error = "AssertionError";

    /// <summary>Whether it is one of Python's exceptions.</summary>
    public static bool IsError(string name) => Errors.Contains(name);

    /// <summary>The text that stands for an attribute of a module.</summary>
    /// <param name="module">One of the modules known here.</param>
    /// <param name="name">The attribute.</param>
    /// <param name="isCalled">Whether a call follows: <c>torch.float</c> is a dtype, <c>torch.float(x)</c> is not.</param>
    /// <param name="prelude">Gives the name of the prelude's function for one of torch.nn.functional.</param>
    public static string Attribute(string module, string name, bool isCalled, Func<string, string?> prelude)
    {
        switch (module)
        {
            case "torch" or "torch.functional":
                if (!isCalled && Integers.TryGetValue(name, out int number))
                {
                    return number.ToString(CultureInfo.InvariantCulture);
                }

                if (!isCalled && name == "Tensor")
                {
                    return name;
                }

                return !isCalled && name != "tau" && Numbers.TryGetValue(name, out string? text)
                    ? text
                    : "torch." + name;
            case "math":
                return Numbers.GetValueOrDefault(name, "torch." + name);
            case "torch.nn.functional":
                return prelude(name) ?? "torch." + name;
            case "torch.linalg" or "torch.fft" or "torch.special":
                return $"torch.{module["torch.".Length..]}_{name}";
            case "torch.jit":
                return name == "annotate" ? name : "torch.jit." + name;
            default:
                return "torch." + name;
        }
    }
}
