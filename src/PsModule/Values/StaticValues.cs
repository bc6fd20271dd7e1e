using System.Collections;
using System.Globalization;
using System.Management.Automation;
using Torch2Jax.Arrays;
using Torch2Jax.PsModule.Errors;
using Torch2Jax.Trees;

namespace Torch2Jax.PsModule.Values;

/// <summary>Static arguments: numbers, booleans, texts, and lists of them.</summary>
internal static class StaticValues
{
    public static PyTree<IArgumentLeaf> Read(object? given, string place) =>
        Unwrap.Value(given) switch
        {
            null => PyTree.None<IArgumentLeaf>(),
            bool flag => Leaf(flag),
            string text => Leaf(text),
            SwitchParameter flag => Leaf(flag.IsPresent),
            double real => Leaf(real),
            Half half => Leaf((double)half),
            IConvertible real and (float or decimal) => Leaf(real.ToDouble(CultureInfo.InvariantCulture)),
            Torch2JaxArray { Rank: 0 } scalar => Read(scalar.ToScalar(), place),
            IConvertible number and not (char or DateTime) => Leaf(Whole(number, place)),
            IEnumerable list and not IDictionary => PyTree.List(
                [.. list.Cast<object?>().Select((item, i) => Read(item, $"{place}[{i}]"))]
            ),
            var other => throw NoStatic(other!, place),
        };

    private static PyTree<IArgumentLeaf> Leaf(object value) => PyTree.Leaf<IArgumentLeaf>(new StaticValue(value));

    private static long Whole(IConvertible number, string place)
    {
        try
        {
            return number.ToInt64(CultureInfo.InvariantCulture);
        }
        catch (Exception error) when (error is OverflowException or InvalidCastException or FormatException)
        {
            throw NoStatic(number, place);
        }
    }

    private static ModuleException NoStatic(object value, string place) =>
        new(
            "ValueNotStatic",
            ErrorCategory.InvalidType,
            $"{place} is {value} ({value.GetType().Name}); a static argument is a number of 64 bits, a boolean, a text, or a list of them.",
            "See the function's signature: (Get-Torch2JaxFunction NAME).Signature."
        );
}
