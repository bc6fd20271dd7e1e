using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using Torch2Jax.Client;
using Torch2Jax.PsModule.Connections;

namespace Torch2Jax.PsModule.Completion;

/// <summary>
/// Words for the Tab key. It must never throw, and it never opens a connection: without one there is nothing to offer.
/// </summary>
public abstract class Completer : IArgumentCompleter
{
    private const int MostWords = 200;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName,
        string parameterName,
        string wordToComplete,
        CommandAst commandAst,
        IDictionary fakeBoundParameters
    )
    {
        var begun = wordToComplete?.Trim('\'', '"') ?? "";
        try
        {
            return
            [
                .. Words(begun, fakeBoundParameters)
                    .Where(word => word.StartsWith(begun, StringComparison.OrdinalIgnoreCase))
                    .Take(MostWords)
                    .Select(word => new CompletionResult(word)),
            ];
        }
        catch (Exception)
        {
            // Whatever is wrong will be said when the command runs; the prompt is no place for it.
            return [];
        }
    }

    private protected abstract IEnumerable<string> Words(string begun, IDictionary bound);

    /// <summary>What an open connection knows; nothing where there is none, or where it takes too long.</summary>
    private protected static IReadOnlyList<string> Ask(
        Func<IFunctionSession, CancellationToken, IEnumerable<string>> ask
    )
    {
        if (ConnectionTable.Instance.Current is not { IsOpen: true } connection)
        {
            return [];
        }

        using var patience = new CancellationTokenSource(Patience);
        return [.. ask(connection.Session, patience.Token).Take(MostWords)];
    }
}
