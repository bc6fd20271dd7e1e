using System.Collections;

namespace Torch2Jax.PsModule.Completion;

/// <summary>Ids of batches, the latest first.</summary>
public sealed class BatchIdCompleter : Completer
{
    private const int Latest = 50;

    private protected override IEnumerable<string> Words(string begun, IDictionary bound) =>
        Ask((session, token) => session.Batches.List(Latest, token).Select(batch => $"{batch.Id}"));
}
