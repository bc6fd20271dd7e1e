using System.Collections.Concurrent;
using Torch2Jax.Errors;
using Torch2Jax.Torch;
using Torch2Jax.TorchSharp.Functions;
using Torch2Jax.TorchSharp.Sources;
using Torch2Jax.Trees;

namespace Torch2Jax.TorchSharp;

/// <summary>
/// C# functions of this process. What <c>Add</c> gives is a source to be registered like any other: it names the function, and only
/// a process that has added it can call it.
/// </summary>
public sealed class DelegateTable
{
    private const string Mark = "# A C# function of the process that registered it.\n";

    private readonly ConcurrentDictionary<string, DelegateEntry> entries = new(StringComparer.Ordinal);

    /// <summary>Adds a function of one array.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="body">The function; it must not write into its argument.</param>
    /// <returns>The source to register.</returns>
    public string Add(string name, Func<Tensor, Tensor> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        return Add($"{name}(x: Tensor) -> Tensor", arguments => PyTree.Leaf(body(arguments.Array("x"))));
    }

    /// <summary>Adds a function of two arrays.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="body">The function; it must not write into its arguments.</param>
    /// <returns>The source to register.</returns>
    public string Add(string name, Func<Tensor, Tensor, Tensor> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        return Add(
            $"{name}(x: Tensor, y: Tensor) -> Tensor",
            arguments => PyTree.Leaf(body(arguments.Array("x"), arguments.Array("y")))
        );
    }

    /// <summary>Adds a function of trees and static values.</summary>
    /// <param name="signature">As TorchScript writes it: <c>f(params: Dict[str, Tensor], n: int = 3) -> Tensor</c>.</param>
    /// <param name="body">The function; it must not write into its arguments.</param>
    /// <param name="isRandom">Whether it draws random numbers.</param>
    /// <returns>The source to register.</returns>
    /// <exception cref="EngineException">InvalidSource: the signature cannot be read.</exception>
    public string Add(string signature, Func<TorchArguments, PyTree<Tensor>> body, bool isRandom = false)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(signature);
        ArgumentNullException.ThrowIfNull(body);
        string text = $"def {signature.Trim()}:\n    raise AssertionError('it is written in C#')\n";
        FunctionHeader header = new HeaderReader(SourceLexer.Read(text), new SourceEdits(text)).ReadAll()[0];
        string source = Mark + text;
        entries[source] = new DelegateEntry(header, body, isRandom);
        return source;
    }

    /// <summary>The function a source names; null where it is TorchScript.</summary>
    internal DelegateFunction? Find(string source)
    {
        if (!source.StartsWith(Mark, StringComparison.Ordinal))
        {
            return null;
        }

        if (!entries.TryGetValue(source, out DelegateEntry? entry))
        {
            throw new EngineException(
                ErrorCode.InvalidSource,
                "this C# function is not in this process; the program that has it adds it before it is called."
            );
        }

        TorchType returns = entry.Header.Returns ?? TorchType.Parse("Tensor");
        var schema = new FunctionSchema(entry.Header.Name, entry.Header.Arguments, returns)
        {
            IsRandom = entry.IsRandom,
        };
        return new DelegateFunction(schema, entry.Body);
    }

    private sealed record DelegateEntry(
        FunctionHeader Header,
        Func<TorchArguments, PyTree<Tensor>> Body,
        bool IsRandom
    );
}
