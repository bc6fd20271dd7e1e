using System.Collections;
using System.Management.Automation;
using System.Runtime.CompilerServices;
using Torch2Jax.Arrays;
using Torch2Jax.Client;
using Torch2Jax.PsModule.Arrays;
using Torch2Jax.PsModule.Errors;
using Torch2Jax.PsModule.Files;
using Torch2Jax.Trees;

namespace Torch2Jax.PsModule.Values;

/// <summary>Reads what scripts hold as trees: arrays, numbers, lists, tuples, dictionaries, files and static values.</summary>
/// <param name="values">Lends the arrays.</param>
/// <param name="allowShapes">Whether a text such as <c>float32[10, 5]</c> stands for a shape.</param>
internal sealed class ValueReader(ReadValues values, bool allowShapes)
{
    private const int MostDepth = 64;

    public PyTree<IArgumentLeaf> Read(object? given, Expected expected, string place, int depth = 0)
    {
        if (depth > MostDepth)
        {
            throw new ModuleException(
                "TreeTooDeep",
                ErrorCategory.LimitsExceeded,
                $"{place} is more than {MostDepth} levels deep.",
                "Give a flatter tree; an object that holds itself is none."
            );
        }

        switch (Unwrap.Value(given))
        {
            case null:
                return PyTree.None<IArgumentLeaf>();
            case Torch2JaxArray array:
                return Leaf(array);
            case Torch2JaxShape shape:
                return PyTree.Leaf<IArgumentLeaf>(shape.Aval);
            case FileInfo file:
                return File(ArrayFiles.Read(file.FullName), place);
            case StoredArraySummary stored:
                return PyTree.Leaf<IArgumentLeaf>(new ArrayReference(stored.Name));
            case IDictionary { Count: 1 } reference when Unwrap.Value(reference["$ref"]) is string name:
                return PyTree.Leaf<IArgumentLeaf>(ArrayReference.Parse(name, place));
            case IDictionary dictionary:
                return Dictionary(dictionary, expected, place, depth);
            case string text
                when allowShapes && !expected.IsStatic && ShapeText.TryParse(text, out var dtype, out var shape):
                return PyTree.Leaf<IArgumentLeaf>(
                    new ShapeDtypeStruct(dtype ?? expected.Dtype ?? DType.Float32, shape)
                );
            case var value when expected.IsStatic:
                return StaticValues.Read(value, place);
            case ITuple tuple:
                return PyTree.Tuple(
                    Items(Enumerable.Range(0, tuple.Length).Select(i => tuple[i]), expected, place, depth)
                );
            case var value when NumberArrays.AsNumber(value) is { } number:
                return Leaf(NumberArrays.Scalar(number, expected.Dtype ?? NumberArrays.BareDtype([number]), place));
            case IEnumerable list and not string:
                return List(list, expected, place, depth);
            case PSObject custom:
                return Properties(custom, expected, place, depth);
            case var value:
                throw NoValue(value!, place);
        }
    }

    private PyTree<IArgumentLeaf> List(IEnumerable list, Expected expected, string place, int depth)
    {
        // Where an array belongs, a list of anything but trees is meant as one, and what is wrong in it is told.
        var isArray =
            NumberArrays.IsTyped(list)
            || NumberArrays.IsAllNumbers(list)
            || (
                expected.IsArray
                && !list.Cast<object?>()
                    .Any(item => Unwrap.Value(item) is null or Torch2JaxArray or Torch2JaxShape or IDictionary)
            );
        if (isArray && !expected.IsSequence)
        {
            return Leaf(NumberArrays.Read(list, null, expected.Dtype, place));
        }

        var items = Items(list.Cast<object?>(), expected, place, depth);
        return expected.IsTuple ? PyTree.Tuple(items) : PyTree.List(items);
    }

    private PyTree<IArgumentLeaf>[] Items(IEnumerable<object?> items, Expected expected, string place, int depth) =>
        [.. items.Select((item, i) => Read(item, expected.Item(i), $"{place}[{i}]", depth + 1))];

    private PyTree<IArgumentLeaf> Dictionary(IDictionary dictionary, Expected expected, string place, int depth)
    {
        var items = new List<KeyValuePair<string, PyTree<IArgumentLeaf>>>(dictionary.Count);
        foreach (DictionaryEntry entry in dictionary)
        {
            if (Unwrap.Value(entry.Key) is not string key)
            {
                throw new ModuleException(
                    "KeyNotString",
                    ErrorCategory.InvalidType,
                    $"{place} has the key {entry.Key}, a {entry.Key.GetType().Name}; a dict's keys are strings.",
                    "Write the key in quotes: @{ '0' = ... }."
                );
            }

            items.Add(new(key, Read(entry.Value, expected.Key(key), $"{place}.{key}", depth + 1)));
        }

        return PyTree.Dict(items);
    }

    private PyTree<IArgumentLeaf> Properties(PSObject custom, Expected expected, string place, int depth) =>
        PyTree.Dict(
            custom.Properties.Select(property =>
                KeyValuePair.Create(
                    property.Name,
                    Read(property.Value, expected.Key(property.Name), $"{place}.{property.Name}", depth + 1)
                )
            )
        );

    private PyTree<IArgumentLeaf> File(FileArrays file, string place) =>
        file.Single is { } array ? Leaf(array)
        : file.Named is { } named ? PyTree.Dict(named.Select(item => KeyValuePair.Create(item.Key, Leaf(item.Value))))
        : throw NoValue(file, place);

    private PyTree<IArgumentLeaf> Leaf(Torch2JaxArray array) => PyTree.Leaf(values.Leaf(array));

    private static ModuleException NoValue(object value, string place) =>
        new(
            "ValueNotSupported",
            ErrorCategory.InvalidType,
            value is string
                ? $"{place} is a text, but an array belongs here."
                : $"{place} is a {value.GetType().FullName}, which stands for no array.",
            value is string
                ? "Give numbers, an array, or a file as an object: Get-Item ./x.npy."
                : "Give an array (New-Torch2JaxArray), numbers, .NET arrays, hashtables or lists of these, or a file from Get-Item."
        );
}
