using System.Text;
using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Trees;

namespace Torch2Jax.Torch;

/// <summary>Fits trees of arguments to a function's schema as Python would bind them, and writes their structure code.</summary>
public static class ArgumentBinder
{
    /// <summary>Binds arguments.</summary>
    /// <param name="schema">What the function declares.</param>
    /// <param name="args">The positional arguments.</param>
    /// <param name="kwargs">The keyword arguments; null where the call has none at all (an empty dict shows in the tree).</param>
    /// <exception cref="EngineException">StructureMismatch or UnexpectedKeywordArguments.</exception>
    public static BoundArguments Bind(
        FunctionSchema schema,
        IReadOnlyList<PyTree<IArgumentLeaf>> args,
        IReadOnlyDictionary<string, PyTree<IArgumentLeaf>>? kwargs
    ) => schema.Bindings.Find(args, kwargs) ?? BindAnew(schema, args, kwargs);

    private static BoundArguments BindAnew(
        FunctionSchema schema,
        IReadOnlyList<PyTree<IArgumentLeaf>> args,
        IReadOnlyDictionary<string, PyTree<IArgumentLeaf>>? kwargs
    )
    {
        string[]? keywords = SortedKeywords(kwargs);
        CheckNames(schema, args.Count, keywords);

        var writer = new ArgumentWriter(schema);
        var codes = new string?[schema.Arguments.Length];
        var bound = new List<BoundArgument>(args.Count + (keywords?.Length ?? 0));
        for (int i = 0; i < args.Count; i++)
        {
            bound.Add(writer.Write(i, args[i], position: i, out codes[i]));
        }
        foreach (string keyword in keywords ?? [])
        {
            int index = schema.IndexOf(keyword);
            bound.Add(writer.Write(index, kwargs![keyword], position: -1, out codes[index]));
        }

        var result = new BoundArguments(
            JoinCodes(schema, codes),
            writer.Leaves,
            InTreeOf(bound, keywords is not null),
            ShapeKey.Of(writer.Leaves),
            bound
        );
        if (!writer.HasStaticLeaves)
        {
            schema.Bindings.Add(ToCache(args, keywords, kwargs, result));
        }
        return result;
    }

    private static string[]? SortedKeywords(IReadOnlyDictionary<string, PyTree<IArgumentLeaf>>? kwargs)
    {
        if (kwargs is null)
        {
            return null;
        }
        string[] names = [.. kwargs.Keys];
        Array.Sort(names, CodePointComparer.Instance);
        return names;
    }

    private static void CheckNames(FunctionSchema schema, int positional, string[]? keywords)
    {
        foreach (string keyword in keywords ?? [])
        {
            int index = schema.IndexOf(keyword);
            if (index < 0)
            {
                throw new EngineException(
                    ErrorCode.UnexpectedKeywordArguments,
                    $"{schema.Entry} got an unexpected keyword argument {PythonText.Repr(keyword)}; "
                        + $"its signature is {schema}.",
                    ArgumentPath.Keyword(keyword)
                );
            }
            if (index < Math.Min(positional, schema.PositionalCount))
            {
                throw new EngineException(
                    ErrorCode.StructureMismatch,
                    $"{schema.Entry} got argument '{keyword}' twice: by position {index} and by keyword.",
                    ArgumentPath.Keyword(keyword)
                );
            }
        }
        if (positional > schema.PositionalCount)
        {
            throw new EngineException(
                ErrorCode.StructureMismatch,
                $"{schema.Entry} takes {Count(schema.PositionalCount)} by position, but {positional} came; "
                    + $"its signature is {schema}.",
                ArgumentPath.Positional(schema.PositionalCount)
            );
        }
    }

    private static string JoinCodes(FunctionSchema schema, string?[] codes)
    {
        var missing = new List<string>();
        var code = new StringBuilder();
        for (int i = 0; i < codes.Length; i++)
        {
            FunctionArgument argument = schema.Arguments[i];
            if (codes[i] is null && !argument.HasDefault)
            {
                missing.Add($"'{argument.Name}' ({argument.Type})");
            }
            if (codes[i] is { } given)
            {
                code.Append(given);
            }
            else
            {
                code.Append(StructureCode.Default);
            }
        }
        if (missing.Count > 0)
        {
            throw new EngineException(
                ErrorCode.StructureMismatch,
                $"{schema.Entry} is missing {Count(missing.Count)}: {string.Join(", ", missing)}; "
                    + $"its signature is {schema}."
            );
        }
        return code.ToString();
    }

    private static TreeDef InTreeOf(List<BoundArgument> bound, bool hasKeywords)
    {
        TreeDef[] positional = [.. bound.Where(a => a is { Position: >= 0, IsStatic: false }).Select(a => a.Structure)];
        if (!hasKeywords)
        {
            return TreeDef.Tuple(positional);
        }
        BoundArgument[] keywords = [.. bound.Where(a => a is { Position: < 0, IsStatic: false })];
        return TreeDef.Tuple(
            TreeDef.Tuple(positional),
            TreeDef.Dict(Array.ConvertAll(keywords, a => a.Name), Array.ConvertAll(keywords, a => a.Structure))
        );
    }

    private static CachedBinding ToCache(
        IReadOnlyList<PyTree<IArgumentLeaf>> args,
        string[]? keywords,
        IReadOnlyDictionary<string, PyTree<IArgumentLeaf>>? kwargs,
        BoundArguments result
    ) =>
        new(
            [.. args.Select(tree => tree.Structure)],
            keywords is null
                ? null
                : Array.ConvertAll(keywords, name => KeyValuePair.Create(name, kwargs![name].Structure)),
            result with
            {
                Leaves = [],
            } // arrays of one call must not live as long as the cache
        );

    private static string Count(int arguments) => arguments == 1 ? "1 argument" : $"{arguments} arguments";
}
