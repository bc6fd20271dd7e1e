using Torch2Jax.Torch;
using Torch2Jax.TorchSharp.Structures;
using Torch2Jax.Trees;

namespace Torch2Jax.TorchSharp.Functions;

/// <summary>The arguments of one call of a C# function, by the names of its signature.</summary>
public sealed class TorchArguments
{
    private readonly FunctionSchema schema;
    private readonly IReadOnlyList<ArgumentStructure> arguments;
    private readonly IReadOnlyList<Tensor> leaves;

    internal TorchArguments(
        FunctionSchema schema,
        IReadOnlyList<ArgumentStructure> arguments,
        IReadOnlyList<Tensor> leaves
    )
    {
        this.schema = schema;
        this.arguments = arguments;
        this.leaves = leaves;
    }

    /// <summary>The array of an argument that is one.</summary>
    public Tensor Array(string name) => Tree(name).Leaves[0];

    /// <summary>The tree of arrays of an argument; without leaves where it is None.</summary>
    public PyTree<Tensor> Tree(string name) => ToTree(Find(name));

    /// <summary>The static value of an argument: a <see cref="long"/>, <see cref="double"/>, <see cref="bool"/> or <see cref="string"/>.</summary>
    public T Value<T>(string name) =>
        Find(name) switch
        {
            ArgumentStructure.Value { Content: T value } => value,
            ArgumentStructure.Value { Content: long value } when typeof(T) == typeof(double) => (T)
                (object)(double)value,
            _ => throw new ArgumentException($"The argument '{name}' is no {typeof(T).Name}.", nameof(name)),
        };

    private ArgumentStructure Find(string name)
    {
        int index = schema.IndexOf(name);
        if (index < 0)
        {
            throw new ArgumentException($"There is no argument '{name}': {schema}.", nameof(name));
        }

        return arguments[index] is ArgumentStructure.Default
            ? DefaultValues.Read(schema.Arguments[index])
            : arguments[index];
    }

    private PyTree<Tensor> ToTree(ArgumentStructure item) =>
        item switch
        {
            ArgumentStructure.Leaf { Number: var number } => PyTree.Leaf(leaves[number]),
            ArgumentStructure.None => PyTree.None<Tensor>(),
            ArgumentStructure.Items { IsTuple: true, Children: var children } => PyTree.Tuple<Tensor>(
                [.. children.Select(ToTree)]
            ),
            ArgumentStructure.Items { Children: var children } => PyTree.List<Tensor>([.. children.Select(ToTree)]),
            ArgumentStructure.Dict { Children: var children } => PyTree.Dict(
                children.Select(child => KeyValuePair.Create(child.Key, ToTree(child.Value)))
            ),
            _ => throw new ArgumentException("A static value is no tree of arrays.", nameof(item)),
        };
}
