using System.Text.Json;
using Torch2Jax.Errors;

namespace Torch2Jax.Client;

/// <summary>A good answer of the service.</summary>
internal sealed class ServiceAnswer(HttpResponseMessage response, byte[] bytes, Uri address) : IDisposable
{
    private JsonDocument? document;

    public int Status { get; } = (int)response.StatusCode;

    public byte[] Bytes => bytes;

    /// <summary>The answer as JSON; to be read within <see cref="Read"/>.</summary>
    public JsonElement Root => (document ??= JsonDocument.Parse(bytes)).RootElement;

    private System.Net.Http.Headers.HttpResponseHeaders Headers { get; } = response.Headers;

    public string Header(string name) => Headers.TryGetValues(name, out var values) ? values.First() : "";

    /// <summary>Reads something; what does not fit the contract did not come from a Torch2Jax service.</summary>
    public T Read<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception error)
            when (error
                    is JsonException
                        or KeyNotFoundException
                        or InvalidOperationException
                        or FormatException
                        or ArgumentException
                        or InvalidCastException
                        or EngineException
            )
        {
            throw ConnectionFailure.Unexpected(address, Status, error);
        }
    }

    public void Dispose() => document?.Dispose();
}
