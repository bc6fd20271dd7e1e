using System.Collections;

namespace Torch2Jax.PsModule.Completion;

/// <summary>Names of stored arrays.</summary>
public sealed class StoredArrayNameCompleter : Completer
{
    private protected override IEnumerable<string> Words(string begun, IDictionary bound) =>
        Ask((session, token) => session.Arrays.List(begun, token).Select(array => array.Name));
}
