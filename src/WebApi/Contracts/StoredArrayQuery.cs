using System.Collections.Immutable;
using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.WebApi.Bodies;

namespace Torch2Jax.WebApi.Contracts;

/// <summary>The query parameters of a stored array.</summary>
internal static class StoredArrayQuery
{
    /// <summary>What raw bytes are: <c>?dtype=float32&amp;shape=10,5</c>; nothing may be there beside other bodies.</summary>
    public static (DType? Dtype, ImmutableArray<long>? Shape) Raw(IQueryCollection query, ArrayFormat format)
    {
        DType? dtype = null;
        ImmutableArray<long>? shape = null;
        foreach (var (key, values) in query)
        {
            var value = QueryFields.Single(key, values);
            switch (key)
            {
                case "dtype" when format == ArrayFormat.Raw:
                    dtype = DTypes.Parse(value, "dtype");
                    break;
                case "shape" when format == ArrayFormat.Raw:
                    shape = CallQuery.ReadShape(value);
                    break;
                default:
                    throw JsonFields.Malformed(
                        "There is no parameter of this name; a body of application/octet-stream takes dtype and shape.",
                        key
                    );
            }
        }

        return (dtype, shape);
    }

    /// <summary>How elements are written in JSON: <c>?encoding=json</c>, <c>nested</c> or <c>base64</c>.</summary>
    public static ArrayEncoding Encoding(IQueryCollection query)
    {
        var encoding = ArrayEncoding.Json;
        foreach (var (key, values) in query)
        {
            encoding =
                key == "encoding"
                    ? InvocationReader.ReadEncoding(QueryFields.Single(key, values))
                    : throw JsonFields.Malformed("There is no parameter of this name; there is encoding.", key);
        }

        return encoding;
    }
}
