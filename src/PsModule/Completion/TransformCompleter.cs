using System.Collections;
using Torch2Jax.PsModule.Values;

namespace Torch2Jax.PsModule.Completion;

/// <summary>Names of transforms.</summary>
public sealed class TransformCompleter : Completer
{
    private protected override IEnumerable<string> Words(string begun, IDictionary bound) => TransformValues.Names;
}
