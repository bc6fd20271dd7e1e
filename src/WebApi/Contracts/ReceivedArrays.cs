using System.Collections.Immutable;
using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.WebApi.Apis;
using Torch2Jax.WebApi.Bodies;
using Torch2Jax.WebApi.V2;

namespace Torch2Jax.WebApi.Contracts;

/// <summary>Reads bodies that are arrays, each with its name; npy and raw bytes go straight into array memory.</summary>
internal static class ReceivedArrays
{
    /// <summary>What an array is called that comes without a name: NumPy's word.</summary>
    public const string First = "arr_0";

    /// <summary>Reads a body of this form.</summary>
    /// <param name="api">Limits and memory.</param>
    /// <param name="context">The request.</param>
    /// <param name="format">Anything but JSON.</param>
    /// <param name="dtype">Of raw bytes.</param>
    /// <param name="shape">Of raw bytes.</param>
    public static ValueTask<IReadOnlyList<(string Name, NDArray Array)>> ReadAsync(
        ApiContext api,
        HttpContext context,
        ArrayFormat format,
        DType? dtype,
        ImmutableArray<long>? shape
    ) =>
        format == ArrayFormat.Raw ? ReadRawAsync(api, context, dtype, shape)
        : format == ArrayFormat.Npy ? ReadNpyAsync(api, context)
        : ReadFileAsync(api, context, format);

    private static async ValueTask<IReadOnlyList<(string Name, NDArray Array)>> ReadRawAsync(
        ApiContext api,
        HttpContext context,
        DType? dtype,
        ImmutableArray<long>? shape
    )
    {
        if (dtype is not { } known || shape is not { } dimensions)
        {
            throw JsonFields.Malformed(
                "Raw bytes need ?dtype=float32&shape=10,5 in the address.",
                dtype is null ? "dtype" : "shape"
            );
        }

        var described = new ShapeDtypeStruct(known, dimensions);
        if (described.ByteLength > api.Reading.MaxArrayBytes)
        {
            throw new Errors.EngineException(
                Errors.ErrorCode.PayloadTooLarge,
                "The array is over the limit of bytes.",
                "shape"
            );
        }

        await using var body = BodyPipe.Open(context, api.Budget, api.Options.Limits);
        if (body.Length is { } length && length != described.ByteLength)
        {
            throw JsonFields.Malformed($"The body has {length} bytes; {described} has {described.ByteLength}.", null);
        }

        var array = NDArray.Allocate(described);
        try
        {
            await body.FillAsync(array, "the array");
            await body.EndAsync();
            Booleans.Check(array, "the array");
            return [(First, array)];
        }
        catch
        {
            array.Dispose();
            throw;
        }
    }

    private static async ValueTask<IReadOnlyList<(string Name, NDArray Array)>> ReadNpyAsync(
        ApiContext api,
        HttpContext context
    )
    {
        const string what = "the npy file's header";
        await using var body = BodyPipe.Open(context, api.Budget, api.Options.Limits);
        using var prefix = await body.ReadAsync(NpyIncoming.PrefixLength, what);
        var length = NpyIncoming.HeaderLength(prefix.Written);
        using var rest = await body.ReadAsync(length - NpyIncoming.PrefixLength, what);
        using var incoming = NpyIncoming.Begin([.. prefix.Written, .. rest.Written], api.Reading);
        await body.FillAsync(incoming.Array, "the array");
        await body.EndAsync();
        return [(First, incoming.Finish())];
    }

    private static async ValueTask<IReadOnlyList<(string Name, NDArray Array)>> ReadFileAsync(
        ApiContext api,
        HttpContext context,
        ArrayFormat format
    )
    {
        using var body = await RequestBody.ReadAsync(context, api.Budget, api.Options.Limits);
        var read =
            format == ArrayFormat.Npz ? Npz.Read(body.Bytes, api.Reading) : Safetensors.Read(body.Bytes, api.Reading);
        return [.. read.Select(entry => (entry.Key, entry.Value))];
    }
}
