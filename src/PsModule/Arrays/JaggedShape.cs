using System.Collections;
using System.Collections.Immutable;
using System.Management.Automation;
using Torch2Jax.PsModule.Errors;
using Torch2Jax.PsModule.Values;

namespace Torch2Jax.PsModule.Arrays;

/// <summary>Finds the one shape of lists within lists, or says where they are ragged.</summary>
/// <param name="place">Where the outermost list stands.</param>
internal sealed class JaggedShape(string place)
{
    private const int MostDimensions = 64;
    private readonly List<long> shape = [];
    private int numbersAt = -1;

    /// <summary>Adds all numbers, row-major, and returns the shape.</summary>
    public ImmutableArray<long> Flatten(object? value, List<object> flat)
    {
        Add(value, 0, place, flat);
        return [.. shape];
    }

    private void Add(object? value, int depth, string at, List<object> flat)
    {
        var item = Unwrap.Value(value);
        if (NumberArrays.AsNumber(item) is { } number)
        {
            if (numbersAt >= 0 && numbersAt != depth || depth < shape.Count && numbersAt < 0)
            {
                throw Ragged(at, "a number", $"a list of {shape[depth]}");
            }

            numbersAt = depth;
            flat.Add(number);
            return;
        }

        if (item is not IEnumerable list || item is string or IDictionary)
        {
            throw new ModuleException(
                "ValueNotNumeric",
                ErrorCategory.InvalidType,
                $"{at} is {(item is null ? "$null" : $"a {item.GetType().Name}")}; numbers belong into an array.",
                "Give numbers, .NET arrays of them or lists of them; a file's arrays are read with Get-Item or Import-Torch2JaxArray."
            );
        }

        if (depth == numbersAt || depth == MostDimensions)
        {
            throw Ragged(at, "a list", depth == numbersAt ? "a number" : $"at most {MostDimensions} levels");
        }

        if (item is Array { Rank: > 1 } array)
        {
            // A rectangular array inside a list: its own dimensions, then its elements.
            AddDimensions([.. Enumerable.Range(0, array.Rank).Select(array.GetLongLength)], depth, at);
            numbersAt = depth + array.Rank;
            flat.AddRange(array.Cast<object>());
            return;
        }

        var items = list as IList ?? list.Cast<object>().ToList();
        AddDimensions([items.Count], depth, at);
        for (var i = 0; i < items.Count; i++)
        {
            Add(items[i], depth + 1, $"{at}[{i}]", flat);
        }
    }

    private void AddDimensions(IReadOnlyList<long> sizes, int depth, string at)
    {
        for (var i = 0; i < sizes.Count; i++)
        {
            if (shape.Count == depth + i)
            {
                shape.Add(sizes[i]);
            }
            else if (shape[depth + i] != sizes[i])
            {
                throw Ragged(at, $"{sizes[i]} elements", $"{shape[depth + i]} like the first");
            }
        }
    }

    private static ModuleException Ragged(string at, string came, string expected) =>
        new(
            "RaggedArray",
            ErrorCategory.InvalidData,
            $"{at} has {came}, but should have {expected}: an array is rectangular.",
            "Give every row the same number of elements, or pass rows of different lengths as a list of arrays."
        );
}
