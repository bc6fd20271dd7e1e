using System.Collections;
using Torch2Jax.Arrays;

namespace Torch2Jax.PsModule.Completion;

/// <summary>Names of dtypes.</summary>
public sealed class DtypeCompleter : Completer
{
    private protected override IEnumerable<string> Words(string begun, IDictionary bound) =>
        DTypes.Supported.Select(dtype => dtype.Name());
}
