using System.Globalization;
using Torch2Jax.Arrays;
using Torch2Jax.Functions;
using Torch2Jax.Torch;
using Torch2Jax.Trees;
using Torch2Jax.WebApi.Apis;
using Torch2Jax.WebApi.Bodies;
using Torch2Jax.WebApi.V2;

namespace Torch2Jax.WebApi.Contracts;

/// <summary>
/// Reads invocations whose body is arrays: npy or raw bytes are the first argument; the arrays of npz and safetensors
/// are arguments, or leaves of arguments, by name (<c>arr_0</c>, <c>arr_1</c> by position). Stored arrays are named in the
/// address: <c>ref.params=digits-params</c>.
/// </summary>
internal sealed class ArrayBody(ApiContext api)
{
    public async ValueTask<InvocationBody> ReadAsync(HttpContext context, ArrayFormat format, FunctionSchema schema)
    {
        var query = new CallQuery(context.Request.Query, api.Reading);
        var arrays = await ReceivedArrays.ReadAsync(api, context, format, query.Dtype, query.Shape);
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
            return InputBinder.Bind(schema, arrays, query.Statics, query.References);
        }

        if (query.References.Count > 0)
        {
            return InputBinder.Bind(schema, Named(arrays, schema, query), query.Statics, query.References);
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

    // Beside stored arrays, those that come by position are the arguments that are left.
    private static IEnumerable<(string Name, NDArray Array)> Named(
        IReadOnlyList<(string Name, NDArray Array)> arrays,
        FunctionSchema schema,
        CallQuery query
    )
    {
        string[] left =
        [
            .. schema
                .Arguments.Where(argument => !argument.Type.IsStatic)
                .Select(argument => argument.Name)
                .Where(name => !query.References.Keys.Any(key => key.Split('.')[0] == name)),
        ];
        return arrays.Count <= left.Length
            ? arrays.OrderBy(array => Position(array.Name)).Zip(left, (array, name) => (name, array.Array))
            : throw JsonFields.Malformed(
                $"{arrays.Count} arrays came, but {left.Length} arguments take one besides those that are stored; the "
                    + $"signature is {schema}.",
                null
            );
    }

    // NumPy's own names of arrays that were saved without one.
    private static int? Position(string name) =>
        name.StartsWith("arr_", StringComparison.Ordinal)
        && int.TryParse(name.AsSpan(4), NumberStyles.None, CultureInfo.InvariantCulture, out var position)
            ? position
            : null;
}
