using System.Globalization;
using Torch2Jax.Arrays;
using Torch2Jax.Functions;
using Torch2Jax.Torch;
using Torch2Jax.Trees;
using Torch2Jax.WebApi.Bodies;

namespace Torch2Jax.WebApi.V2;

/// <summary>Puts named inputs together to the arguments that a function's schema declares.</summary>
internal sealed class InputBinder
{
    private readonly Dictionary<string, IArgumentLeaf> inputs = new(StringComparer.Ordinal);
    private readonly HashSet<string> unused = new(StringComparer.Ordinal);
    private readonly IReadOnlyDictionary<string, object> statics;

    private InputBinder(
        IEnumerable<(string Name, IArgumentLeaf Leaf)> given,
        IReadOnlyDictionary<string, object> statics
    )
    {
        this.statics = statics;
        foreach (var (name, leaf) in given)
        {
            if (!inputs.TryAdd(name, leaf))
            {
                throw JsonFields.Malformed($"The input '{name}' is given twice.", "inputs");
            }

            unused.Add(name);
        }
    }

    /// <param name="schema">What the function declares.</param>
    /// <param name="given">Arrays by the name of an argument, or by the key path of a leaf in one.</param>
    /// <param name="statics">Values of static arguments by name; others are ignored.</param>
    /// <param name="references">Stored arrays by the name of an argument, or by the key path of a tree in one.</param>
    /// <exception cref="Errors.EngineException">MalformedRequest where an input belongs to no argument.</exception>
    public static Invocation Bind(
        FunctionSchema schema,
        IEnumerable<(string Name, NDArray Array)> given,
        IReadOnlyDictionary<string, object> statics,
        IReadOnlyDictionary<string, ArrayReference> references
    ) =>
        new InputBinder(
            given
                .Select(input => (input.Name, Leaf: (IArgumentLeaf)input.Array))
                .Concat(references.Select(reference => (Name: reference.Key, Leaf: (IArgumentLeaf)reference.Value))),
            statics
        ).Bind(schema);

    private Invocation Bind(FunctionSchema schema)
    {
        var positional = new List<PyTree<IArgumentLeaf>>(schema.Arguments.Length);
        Dictionary<string, PyTree<IArgumentLeaf>>? keywords = null;
        foreach (var argument in schema.Arguments)
        {
            if (Argument(argument) is not { } tree)
            {
                continue;
            }

            // Behind an argument that is left to its default, and for keyword-only ones, the name decides.
            if (positional.Count == schema.IndexOf(argument.Name) && !argument.KeywordOnly)
            {
                positional.Add(tree);
            }
            else
            {
                (keywords ??= new(StringComparer.Ordinal))[argument.Name] = tree;
            }
        }

        if (unused.Count > 0)
        {
            throw JsonFields.Malformed(
                $"There is no input '{unused.First()}'; the signature is {schema}, and leaves of trees are named by key path (params.w).",
                "inputs"
            );
        }

        return new Invocation(positional, keywords);
    }

    // Null where nothing was given for it.
    private PyTree<IArgumentLeaf>? Argument(FunctionArgument argument)
    {
        if (!argument.Type.IsStatic)
        {
            return IsGiven(argument.Name) ? Build(argument.Type, argument.Name) : null;
        }

        if (inputs.TryGetValue(argument.Name, out var leaf))
        {
            unused.Remove(argument.Name);
            return leaf is NDArray array
                ? PyTree.Leaf<IArgumentLeaf>(new StaticValue(Scalars.Read(array, argument.Name)))
                : throw JsonFields.Malformed(
                    $"The argument '{argument.Name}' is a value ({argument.Type}); a stored array cannot stand for it.",
                    References.Prefix + argument.Name
                );
        }

        return statics.TryGetValue(argument.Name, out var value)
            ? PyTree.Leaf<IArgumentLeaf>(new StaticValue(value))
            : null;
    }

    private PyTree<IArgumentLeaf> Build(TorchType type, string name)
    {
        if (inputs.GetValueOrDefault(name) is ArrayReference reference)
        {
            unused.Remove(name);
            return PyTree.Leaf<IArgumentLeaf>(reference);
        }

        switch (type.Kind)
        {
            case TorchTypeKind.Optional:
                return IsGiven(name) ? Build(type.Elements[0], name) : PyTree.None<IArgumentLeaf>();
            case TorchTypeKind.Tuple:
                return PyTree.Tuple([.. type.Elements.Select((element, i) => Build(element, $"{name}.{i}"))]);
            case TorchTypeKind.List:
                return PyTree.List(Items(type.Elements[0], name));
            case TorchTypeKind.Dict:
                return PyTree.Dict(
                    Keys(type.Elements[^1], name)
                        .Select(key => KeyValuePair.Create(key, Build(type.Elements[^1], $"{name}.{key}")))
                );
            default:
                unused.Remove(name);
                return inputs.TryGetValue(name, out var array)
                    ? PyTree.Leaf(array)
                    : throw JsonFields.Malformed($"The input '{name}' is missing.", "inputs");
        }
    }

    private List<PyTree<IArgumentLeaf>> Items(TorchType element, string name)
    {
        var items = new List<PyTree<IArgumentLeaf>>();
        while (IsGiven($"{name}.{items.Count}"))
        {
            items.Add(Build(element, $"{name}.{items.Count.ToString(CultureInfo.InvariantCulture)}"));
        }

        return items;
    }

    // Keys of a dict of tensors may hold dots (fc1.weight); above deeper trees a dot ends the key.
    private List<string> Keys(TorchType element, string name)
    {
        var prefix = name + ".";
        var wholeRest = element.Kind == TorchTypeKind.Tensor;
        return
        [
            .. inputs
                .Keys.Where(input => input.StartsWith(prefix, StringComparison.Ordinal))
                .Select(input => wholeRest ? input[prefix.Length..] : input[prefix.Length..].Split('.')[0])
                .Distinct(),
        ];
    }

    private bool IsGiven(string name) =>
        inputs.ContainsKey(name)
        || inputs.Keys.Any(input =>
            input.Length > name.Length && input[name.Length] == '.' && input.StartsWith(name, StringComparison.Ordinal)
        );
}
