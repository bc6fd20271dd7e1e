using System.Collections;
using System.Globalization;

namespace Torch2Jax.PsModule.Completion;

/// <summary>Versions of the function that is named already.</summary>
public sealed class VersionCompleter : Completer
{
    private protected override IEnumerable<string> Words(string begun, IDictionary bound) =>
        bound["Name"] is { } name
            ? Ask(
                (session, token) =>
                    session
                        .Versions($"{name}", token)
                        .Select(version => version.Version.ToString(CultureInfo.InvariantCulture))
            )
            : [];
}
