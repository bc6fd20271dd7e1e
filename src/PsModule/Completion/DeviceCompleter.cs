using System.Collections;

namespace Torch2Jax.PsModule.Completion;

/// <summary>Devices of the connection.</summary>
public sealed class DeviceCompleter : Completer
{
    private protected override IEnumerable<string> Words(string begun, IDictionary bound) =>
        Ask((session, _) => session.Info.Devices).DefaultIfEmpty("cpu");
}
