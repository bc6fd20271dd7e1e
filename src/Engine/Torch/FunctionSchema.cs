using System.Collections.Immutable;
using System.Text;
using Torch2Jax.Errors;

namespace Torch2Jax.Torch;

/// <summary>One argument of a function.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its annotation.</param>
/// <param name="HasDefault">Whether it may be left out.</param>
/// <param name="DefaultText">The default as TorchScript prints it; null without one.</param>
/// <param name="KeywordOnly">Whether it stands after a <c>*</c>.</param>
public sealed record FunctionArgument(
    string Name,
    TorchType Type,
    bool HasDefault,
    string? DefaultText,
    bool KeywordOnly
)
{
    /// <summary><c>n: int = 3</c>.</summary>
    public override string ToString() => HasDefault ? $"{Name}: {Type} = {DefaultText}" : $"{Name}: {Type}";
}

/// <summary>What a function takes and gives, as TorchScript declares it.</summary>
public sealed class FunctionSchema
{
    private readonly Dictionary<string, int> positions = new(StringComparer.Ordinal);

    /// <summary>Makes a schema.</summary>
    /// <param name="entry">The function's name in its source.</param>
    /// <param name="arguments">Its arguments in order.</param>
    /// <param name="returns">The annotation of its result.</param>
    public FunctionSchema(string entry, ImmutableArray<FunctionArgument> arguments, TorchType returns)
    {
        Entry = entry;
        Arguments = arguments;
        Returns = returns;
        PositionalCount = arguments.Count(argument => !argument.KeywordOnly);
        for (int i = 0; i < arguments.Length; i++)
        {
            if (!positions.TryAdd(arguments[i].Name, i))
            {
                throw new EngineException(
                    ErrorCode.InvalidSource,
                    $"The function '{entry}' has two arguments of the name '{arguments[i].Name}'."
                );
            }
        }
        Bindings = new BindingCache();
    }

    /// <summary>The function's name in its source.</summary>
    public string Entry { get; }

    /// <summary>Its arguments in order.</summary>
    public ImmutableArray<FunctionArgument> Arguments { get; }

    /// <summary>The annotation of its result.</summary>
    public TorchType Returns { get; }

    /// <summary>Whether it draws random numbers.</summary>
    public bool IsRandom { get; init; }

    /// <summary>Whether it prints.</summary>
    public bool Prints { get; init; }

    /// <summary>Whether some operator writes in place, maybe only into its own temporaries.</summary>
    public bool Mutates { get; init; }

    /// <summary>How many arguments may be given by position.</summary>
    public int PositionalCount { get; }

    /// <summary>Structures of arguments bound lately.</summary>
    internal BindingCache Bindings { get; }

    /// <summary>The place of an argument in <see cref="Arguments"/>; -1 where there is none of that name.</summary>
    /// <param name="name">The argument's name.</param>
    public int IndexOf(string name) => positions.GetValueOrDefault(name, -1);

    /// <summary>Reads the JSON that the native library describes a function in (t2j_function_schema).</summary>
    /// <param name="json">UTF-8 JSON.</param>
    /// <exception cref="FormatException">The text is not a schema.</exception>
    public static FunctionSchema Parse(ReadOnlySpan<byte> json) => FunctionSchemaReader.Read(json);

    /// <summary><c>f(x: Tensor, n: int = 3) -> Tensor</c>.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(Entry).Append('(');
        var starWritten = false;
        for (int i = 0; i < Arguments.Length; i++)
        {
            text.Append(i > 0 ? ", " : "");
            if (Arguments[i].KeywordOnly && !starWritten)
            {
                text.Append("*, ");
                starWritten = true;
            }
            text.Append(Arguments[i]);
        }
        return text.Append(") -> ").Append(Returns).ToString();
    }
}
