using System.Collections;

namespace Torch2Jax.PsModule.Completion;

/// <summary>Names of the latest batches.</summary>
public sealed class BatchNameCompleter : Completer
{
    private const int Latest = 200;

    private protected override IEnumerable<string> Words(string begun, IDictionary bound) =>
        Ask((session, token) => session.Batches.List(Latest, token).Select(batch => batch.Name).Distinct());
}
