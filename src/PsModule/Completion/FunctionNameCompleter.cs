using System.Collections;

namespace Torch2Jax.PsModule.Completion;

/// <summary>Names of functions, and after an @ their versions.</summary>
public sealed class FunctionNameCompleter : Completer
{
    private protected override IEnumerable<string> Words(string begun, IDictionary bound) =>
        begun.IndexOf('@', StringComparison.Ordinal) is var at and > 0
            ? Ask((session, token) => session.Versions(begun[..at], token).Select(version => version.Reference))
            : Ask((session, token) => session.List(begun, token).Select(function => function.Name));
}
