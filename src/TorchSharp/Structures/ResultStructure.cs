using System.Text;
using Torch2Jax.Errors;
using Torch2Jax.Trees;

namespace Torch2Jax.TorchSharp.Structures;

/// <summary>
/// The numbers in which a wrapper (<see cref="Scripts.WrapperText"/>) describes the tree that a function returned: a kind, then
/// how many parts, then those. Texts can't come out of TorchSharp's functions, so keys are bytes of UTF-8.
/// </summary>
internal sealed class ResultStructure(long[] numbers)
{
    public const int None = 0;
    public const int Leaf = 1;
    public const int Tuple = 2;
    public const int List = 3;
    public const int Dict = 4;
    public const int OtherKeys = 8;
    public const int NoTensor = 9;

    private int at;
    private int leaves;

    /// <exception cref="EngineException">OutputShapeMismatch: the function returned what is no tree of arrays.</exception>
    public TreeDef Read()
    {
        switch (numbers[at++])
        {
            case None:
                return TreeDef.None;
            case Leaf:
                leaves++;
                return TreeDef.Leaf;
            case Tuple:
                return TreeDef.Tuple(ReadMany());
            case List:
                return TreeDef.List(ReadMany());
            case Dict:
                return ReadDict();
            case OtherKeys:
                throw new EngineException(
                    ErrorCode.OutputShapeMismatch,
                    "torch2jax: the function returned a dict whose keys are not strings"
                );
            default:
                throw new EngineException(
                    ErrorCode.OutputShapeMismatch,
                    $"torch2jax: output {leaves} of the torch function is not a tensor"
                );
        }
    }

    private TreeDef[] ReadMany()
    {
        var children = new TreeDef[numbers[at++]];
        for (int i = 0; i < children.Length; i++)
        {
            children[i] = Read();
        }

        return children;
    }

    private TreeDef ReadDict()
    {
        var keys = new string[numbers[at++]];
        var children = new TreeDef[keys.Length];
        for (int i = 0; i < keys.Length; i++)
        {
            var bytes = new byte[numbers[at++]];
            for (int k = 0; k < bytes.Length; k++)
            {
                bytes[k] = (byte)numbers[at++];
            }

            keys[i] = System.Text.Encoding.UTF8.GetString(bytes);
            children[i] = Read();
        }

        return TreeDef.Dict(keys, children);
    }
}
