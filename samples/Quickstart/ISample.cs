using System.Text.Json;

namespace Torch2Jax.Samples.Quickstart;

/// <summary>A function with data, and what is known to come out.</summary>
internal interface ISample
{
    string Function { get; }

    /// <summary>The body of an invocation.</summary>
    ReadOnlyMemory<byte> Call { get; }

    /// <summary>Registers the function; gives its name and version.</summary>
    Task<string> RegisterAsync(ServiceClient service);

    /// <summary>Says what came out, and whether it is what is known.</summary>
    (string Text, bool AsExpected) Read(JsonElement outputs);
}
