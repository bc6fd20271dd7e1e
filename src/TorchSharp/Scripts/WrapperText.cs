using System.Text;
using Torch2Jax.Torch;
using Torch2Jax.TorchSharp.Sources;
using Torch2Jax.TorchSharp.Structures;

namespace Torch2Jax.TorchSharp.Scripts;

/// <summary>
/// TorchSharp passes tensors and numbers to a function, and takes a flat list of tensors from it. So a few lines of TorchScript
/// go around each function and structure of arguments: they build the arguments' trees out of the leaves, with the static values
/// written out, and take the result apart again. The last tensor says of what tree the others are the leaves.
/// </summary>
internal sealed class WrapperText
{
    public const string Name = "t2j_call";

    private readonly StringBuilder text = new();
    private int variables;

    private WrapperText() { }

    public static string Write(
        FunctionHeader function,
        TorchType returns,
        IReadOnlyList<ArgumentStructure> arguments,
        int leaves
    )
    {
        var wrapper = new WrapperText();
        string parameters = string.Join(", ", Enumerable.Range(0, leaves).Select(i => $"l{i}: Tensor"));
        wrapper.Line(0, $"def {Name}({parameters}) -> List[Tensor]:");
        wrapper.Line(1, "t2j_out: List[Tensor] = []");
        wrapper.Line(1, "t2j_code: List[int] = []");
        wrapper.Line(1, $"t2j_result = {function.Name}({wrapper.Arguments(function, arguments)})");
        wrapper.Flatten(1, returns, "t2j_result");
        wrapper.Line(1, "t2j_out.append(torch.tensor(t2j_code))");
        wrapper.Line(1, "return t2j_out");
        return wrapper.text.ToString();
    }

    private string Arguments(FunctionHeader function, IReadOnlyList<ArgumentStructure> arguments)
    {
        var given = new List<string>();
        for (int i = 0; i < arguments.Count; i++)
        {
            if (arguments[i] is not ArgumentStructure.Default)
            {
                FunctionArgument argument = function.Arguments[i];
                given.Add($"{argument.Name}={Build(arguments[i], argument.Type)}");
            }
        }

        return string.Join(", ", given);
    }

    // A variable with its type for each container: an empty one has no type of its own.
    private string Build(ArgumentStructure item, TorchType type)
    {
        TorchType inside = type.Kind == TorchTypeKind.Optional ? type.Elements[0] : type;
        switch (item)
        {
            case ArgumentStructure.Leaf { Number: var number }:
                return $"l{number}";
            case ArgumentStructure.None:
                return "None";
            case ArgumentStructure.Value { Content: long number } when inside.Kind == TorchTypeKind.Float:
                return ScriptLiterals.Of((double)number);
            case ArgumentStructure.Value { Content: var value }:
                return ScriptLiterals.Of(value);
            case ArgumentStructure.Items { IsTuple: true, Children: var children }:
                string items = string.Concat(children.Select((child, i) => Build(child, inside.Elements[i]) + ", "));
                return Variable(inside, $"({items})");
            case ArgumentStructure.Items { Children: var children }:
                string list = string.Join(", ", children.Select(child => Build(child, inside.Elements[0])));
                return Variable(inside, $"[{list}]");
            case ArgumentStructure.Dict { Children: var children }:
                string entries = string.Join(
                    ", ",
                    children.Select(child =>
                        $"{ScriptLiterals.Of(child.Key)}: {Build(child.Value, inside.Elements[0])}"
                    )
                );
                return Variable(inside, $"{{{entries}}}");
            default:
                throw new ArgumentOutOfRangeException(nameof(item), item, "Not an argument.");
        }
    }

    private string Variable(TorchType type, string value)
    {
        string name = NewName();
        Line(1, $"{name}: {type} = {value}");
        return name;
    }

    private void Flatten(int level, TorchType type, string value)
    {
        switch (type.Kind)
        {
            case TorchTypeKind.Tensor:
                Line(level, $"t2j_out.append({value})");
                Code(level, ResultStructure.Leaf);
                break;
            case TorchTypeKind.Optional:
                Line(level, $"if {value} is None:");
                Code(level + 1, ResultStructure.None);
                Line(level, "else:");
                Flatten(level + 1, type.Elements[0], value);
                break;
            case TorchTypeKind.Tuple:
                Code(level, ResultStructure.Tuple);
                Line(level, $"t2j_code.append({type.Elements.Length})");
                for (int i = 0; i < type.Elements.Length; i++)
                {
                    string element = NewName();
                    Line(level, $"{element} = {value}[{i}]");
                    Flatten(level, type.Elements[i], element);
                }

                break;
            case TorchTypeKind.List when type.HasTensor:
                Code(level, ResultStructure.List);
                Line(level, $"t2j_code.append(len({value}))");
                string item = NewName();
                Line(level, $"for {item} in {value}:");
                Flatten(level + 1, type.Elements[0], item);
                break;
            case TorchTypeKind.Dict when type.HasTensor:
                FlattenDict(level, type.Elements[0], value);
                break;
            default:
                bool isNone = type.ToString() is "None" or "NoneType";
                bool isDict =
                    type.Kind == TorchTypeKind.Other && type.ToString().StartsWith("Dict[", StringComparison.Ordinal);
                Code(
                    level,
                    isNone ? ResultStructure.None
                        : isDict ? ResultStructure.OtherKeys
                        : ResultStructure.NoTensor
                );
                break;
        }
    }

    private void FlattenDict(int level, TorchType type, string value)
    {
        string key = NewName();
        string place = NewName();
        string element = NewName();
        Code(level, ResultStructure.Dict);
        Line(level, $"t2j_code.append(len({value}))");
        Line(level, $"for {key} in sorted({value}.keys()):");
        Line(level + 1, $"t2j_code.append(len({key}))");
        Line(level + 1, $"for {place} in range(len({key})):");
        Line(level + 2, $"t2j_code.append(ord({key}[{place}]))");
        Line(level + 1, $"{element} = {value}[{key}]");
        Flatten(level + 1, type, element);
    }

    private void Code(int level, int number) => Line(level, $"t2j_code.append({number})");

    private string NewName() => $"t2j_{variables++}";

    private void Line(int level, string line) => text.Append(' ', 4 * level).Append(line).Append('\n');
}
