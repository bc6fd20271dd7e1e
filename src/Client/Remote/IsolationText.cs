using Torch2Jax.Functions;

namespace Torch2Jax.Client;

/// <summary>Where a function runs, as the service writes it.</summary>
internal static class IsolationText
{
    public static string? Of(FunctionIsolation? isolation) =>
        isolation switch
        {
            FunctionIsolation.None => "none",
            FunctionIsolation.Process => "process",
            _ => null,
        };

    // A service of an older version has no workers, and says nothing.
    public static FunctionIsolation Read(string? text) =>
        text == "process" ? FunctionIsolation.Process : FunctionIsolation.None;
}
