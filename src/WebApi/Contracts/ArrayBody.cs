using System.Globalization;
using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Functions;
using Torch2Jax.Torch;
using Torch2Jax.Trees;
using Torch2Jax.WebApi.Apis;
using Torch2Jax.WebApi.Bodies;
using Torch2Jax.WebApi.V2;

namespace Torch2Jax.WebApi.Contracts;

/// <summary>
/// Reads invocations whose body is arrays: npy or raw bytes are the first argument; the arrays of npz and safetensors
/// are arguments, or leaves of arguments, by name (<c>arr_0</c>, <c>arr_1</c> by position).
/// </summary>
internal sealed class ArrayBody(ApiContext api)
{
    public async ValueTask<InvocationBody> ReadAsync(HttpContext context, ArrayFormat format, FunctionSchema schema)
    {
        var query = new CallQuery(context.Request.Query, api.Reading);
        var arrays =
            format == ArrayFormat.Raw ? await ReadRawAsync(context, query)
            : format == ArrayFormat.Npy ? await ReadNpyAsync(context)
            : await ReadFileAsync(context, format);
        try
        {
            var bound = Bind(arrays, schema, query);
            var call = query.Call;
            return call with { Invocation = call.Invocation with { Args = bound.Args, Kwargs = bound.Kwargs } };
        }
        catch
        {
            foreach (var (_, array) in arrays)
            {
                array.Dispose();
            }

            throw;
        }
    }

    private static Invocation Bind(
        IReadOnlyList<(string Name, NDArray Array)> arrays,
        FunctionSchema schema,
        CallQuery query
    )
    {
        if (!arrays.All(array => Position(array.Name) is not null))
        {
            return InputBinder.Bind(schema, arrays, query.Statics);
        }

        var ordered = arrays
            .OrderBy(array => Position(array.Name))
            .Select(array => PyTree.Leaf<IArgumentLeaf>(array.Array));
        var statics = query.Statics.ToDictionary(
            pair => pair.Key,
            pair => PyTree.Leaf<IArgumentLeaf>(new StaticValue(pair.Value))
        );
        return new Invocation([.. ordered], statics.Count > 0 ? statics : null);
    }

    // NumPy's own names of arrays that were saved without one.
    private static int? Position(string name) =>
        name.StartsWith("arr_", StringComparison.Ordinal)
        && int.TryParse(name.AsSpan(4), NumberStyles.None, CultureInfo.InvariantCulture, out var position)
            ? position
            : null;

    private async ValueTask<IReadOnlyList<(string Name, NDArray Array)>> ReadRawAsync(
        HttpContext context,
        CallQuery query
    )
    {
        if (query.Dtype is not { } dtype || query.Shape is not { } shape)
        {
            throw JsonFields.Malformed(
                "Raw bytes need ?dtype=float32&shape=10,5 in the address.",
                query.Dtype is null ? "dtype" : "shape"
            );
        }

        var described = new ShapeDtypeStruct(dtype, shape);
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
            return [("arr_0", array)];
        }
        catch
        {
            array.Dispose();
            throw;
        }
    }

    private async ValueTask<IReadOnlyList<(string Name, NDArray Array)>> ReadNpyAsync(HttpContext context)
    {
        const string what = "the npy file's header";
        await using var body = BodyPipe.Open(context, api.Budget, api.Options.Limits);
        using var prefix = await body.ReadAsync(NpyIncoming.PrefixLength, what);
        var length = NpyIncoming.HeaderLength(prefix.Written);
        using var rest = await body.ReadAsync(length - NpyIncoming.PrefixLength, what);
        using var incoming = NpyIncoming.Begin([.. prefix.Written, .. rest.Written], api.Reading);
        await body.FillAsync(incoming.Array, "the array");
        await body.EndAsync();
        return [("arr_0", incoming.Finish())];
    }

    private async ValueTask<IReadOnlyList<(string Name, NDArray Array)>> ReadFileAsync(
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
