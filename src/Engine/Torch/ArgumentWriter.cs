using System.Diagnostics.CodeAnalysis;
using System.Text;
using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Trees;

namespace Torch2Jax.Torch;

/// <summary>Walks trees of arguments along the types that the schema declares, and collects their arrays on the way.</summary>
internal sealed class ArgumentWriter(FunctionSchema schema)
{
    private readonly List<IArgumentLeaf> leaves = [];
    private readonly StringBuilder code = new();
    private readonly StringBuilder path = new();
    private FunctionArgument argument = null!;

    /// <summary>The arrays and shapes seen so far, in order.</summary>
    public IReadOnlyList<IArgumentLeaf> Leaves => leaves;

    /// <summary>Whether any value went into the code.</summary>
    public bool HasStaticLeaves { get; private set; }

    /// <summary>Writes the argument at <paramref name="index"/> of the schema.</summary>
    public BoundArgument Write(int index, PyTree<IArgumentLeaf> tree, int position, out string written)
    {
        argument = schema.Arguments[index];
        path.Clear().Append(position >= 0 ? ArgumentPath.Positional(position) : ArgumentPath.Keyword(argument.Name));
        code.Clear();
        int first = leaves.Count;
        TreeDef structure = Write(argument.Type, tree);
        written = code.ToString();
        return new BoundArgument(
            position,
            argument.Name,
            structure,
            argument.Type.IsStatic,
            first,
            leaves.Count - first
        );
    }

    private TreeDef Write(TorchType type, PyTree<IArgumentLeaf> tree)
    {
        TreeKind kind = tree.Structure.Kind;
        switch (type.Kind)
        {
            case TorchTypeKind.Optional when kind == TreeKind.None:
                code.Append(StructureCode.None);
                return TreeDef.None;
            case TorchTypeKind.Optional:
                return Write(type.Inner, tree);
            case TorchTypeKind.List when kind == TreeKind.List:
                return TypeWithTensor(type, TreeDef.List(WriteChildren('[', ']', _ => type.Inner, tree)));
            case TorchTypeKind.Tuple when kind == TreeKind.Tuple && tree.Children.Count == type.Elements.Length:
                return TypeWithTensor(type, TreeDef.Tuple(WriteChildren('(', ')', i => type.Elements[i], tree)));
            case TorchTypeKind.Dict when kind == TreeKind.Dict:
                TreeDef[] values = WriteChildren('{', '}', _ => type.Inner, tree);
                return TypeWithTensor(type, TreeDef.Dict(tree.Structure.Keys, values));
            default:
                if (kind != TreeKind.Leaf || !TryWriteLeaf(type.Kind, tree.LeafSpan[0]))
                {
                    ThrowMismatch(type, tree);
                }
                return type.HasTensor ? TreeDef.Leaf : TreeDef.None;
        }
    }

    private bool TryWriteLeaf(TorchTypeKind kind, IArgumentLeaf leaf)
    {
        if (leaf is not StaticValue { Value: var value })
        {
            if (kind != TorchTypeKind.Tensor)
            {
                return false;
            }
            StructureCode.AppendLeaf(code, leaves.Count);
            leaves.Add(leaf);
            return true;
        }
        HasStaticLeaves = true;
        switch (kind, value)
        {
            case (TorchTypeKind.Int, long number):
                StructureCode.AppendInt(code, number);
                return true;
            case (TorchTypeKind.Float, double number):
                StructureCode.AppendFloat(code, number);
                return true;
            case (TorchTypeKind.Float, long number):
                StructureCode.AppendFloat(code, number);
                return true;
            case (TorchTypeKind.Bool, bool flag):
                StructureCode.AppendBool(code, flag);
                return true;
            case (TorchTypeKind.String, string text):
                StructureCode.AppendString(code, text);
                return true;
            default:
                return false;
        }
    }

    private TreeDef[] WriteChildren(char open, char close, Func<int, TorchType> typeOf, PyTree<IArgumentLeaf> tree)
    {
        bool hasKeys = tree.Structure.Kind == TreeKind.Dict;
        var children = new TreeDef[tree.Children.Count];
        int length = path.Length;
        code.Append(open);
        for (int i = 0; i < children.Length; i++)
        {
            if (hasKeys)
            {
                StructureCode.AppendString(code, tree.Structure.Keys[i]);
                ArgumentPath.AppendKey(path, tree.Structure.Keys[i]);
            }
            else
            {
                ArgumentPath.AppendIndex(path, i);
            }
            children[i] = Write(typeOf(i), tree.Children[i]);
            path.Length = length;
        }
        code.Append(close);
        return children;
    }

    // A list of numbers is a value, not a tree of arrays.
    private static TreeDef TypeWithTensor(TorchType type, TreeDef structure) =>
        type.HasTensor ? structure : TreeDef.None;

    [DoesNotReturn]
    private void ThrowMismatch(TorchType type, PyTree<IArgumentLeaf> tree)
    {
        string whole = type.Equals(argument.Type) ? "" : $" within {argument.Type}";
        string place = path.ToString();
        throw new EngineException(
            ErrorCode.StructureMismatch,
            $"{schema.Entry}: argument '{argument.Name}' expects {type}{whole} at {place}, "
                + $"but {ArgumentText.Describe(tree)} came. {ArgumentText.HowToWrite(type, tree)}",
            place
        );
    }
}
