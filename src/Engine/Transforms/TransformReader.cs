using System.Text.Json;
using Torch2Jax.Errors;
using Torch2Jax.Trees;

namespace Torch2Jax.Transforms;

/// <summary>Reads the <c>transforms</c> of a request: objects with one property each, or names alone.</summary>
public static class TransformReader
{
    // Each level multiplies what a derivative computes; nobody needs more, and a caller chooses the length.
    private const int MaxTransforms = 16;

    private static readonly string[] Names =
    [
        "grad",
        "valueAndGrad",
        "vjp",
        "jvp",
        "jacrev",
        "jacfwd",
        "hessian",
        "vmap",
    ];

    /// <summary>Reads a list of transforms; null or a missing one is none.</summary>
    /// <exception cref="EngineException">MalformedRequest or InvalidTransform, with the place.</exception>
    public static IReadOnlyList<Transform> Read(JsonElement element, string path = "transforms")
    {
        if (element.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
        {
            return [];
        }

        if (element.ValueKind != JsonValueKind.Array)
        {
            throw OptionReader.Malformed("a list of transforms", element, path);
        }

        if (element.GetArrayLength() > MaxTransforms)
        {
            throw new EngineException(
                ErrorCode.InvalidTransform,
                $"{element.GetArrayLength()} transforms; at most {MaxTransforms} can be nested.",
                path
            );
        }

        try
        {
            return [.. element.EnumerateArray().Select((item, i) => ReadOne(item, $"{path}[{i}]"))];
        }
        catch (InvalidOperationException error)
        {
            // The kinds of all elements are looked at first, so it can only be a text.
            throw new EngineException(ErrorCode.MalformedRequest, "A text is not valid Unicode.", path, error);
        }
    }

    private static Transform ReadOne(JsonElement element, string path)
    {
        if (element.ValueKind == JsonValueKind.String)
        {
            return Make(element.GetString()!, default, path, path);
        }

        if (element.ValueKind != JsonValueKind.Object)
        {
            throw OptionReader.Malformed("an object such as {\"grad\":{\"argnums\":0}}, or a name", element, path);
        }

        var properties = element.EnumerateObject().ToArray();
        return properties.Length == 1
            ? Make(properties[0].Name, properties[0].Value, path, $"{path}.{properties[0].Name}")
            : throw new EngineException(
                ErrorCode.MalformedRequest,
                $"A transform is an object with one property, its name; this one has {properties.Length}.",
                path
            );
    }

    private static Transform Make(string name, JsonElement options, string path, string optionsPath)
    {
        var read = new OptionReader(name, options, optionsPath);
        Transform transform = name switch
        {
            "grad" => new Grad(read.Argnums(), read.Flag("hasAux")),
            "valueAndGrad" => new ValueAndGrad(read.Argnums(), read.Flag("hasAux")),
            "vjp" => new Vjp(),
            "jvp" => new Jvp(),
            "jacrev" => new Jacrev(read.Argnums()),
            "jacfwd" => new Jacfwd(read.Argnums()),
            "hessian" => new Hessian(read.Argnums()),
            "vmap" => ReadVmap(read),
            _ => throw new EngineException(
                ErrorCode.InvalidTransform,
                $"There is no transform of that name; give one of {string.Join(", ", Names)}.",
                path
            ),
        };
        read.RefuseOthers();
        return transform;
    }

    private static Vmap ReadVmap(OptionReader read)
    {
        var (inAxes, inAxis) = read.Property("inAxes", out var path) is { } given ? ReadInAxes(given, path) : (null, 0);
        var outAxes = read.Property("outAxes", out path) is { } axes
            ? AxesReader.Read(axes, path)
            : PyTree.Leaf<int?>(0);
        return new Vmap(inAxes, inAxis, outAxes, ReadAxisSize(read), ReadMethod(read));
    }

    private static (IReadOnlyList<PyTree<int?>>? Each, int? All) ReadInAxes(JsonElement element, string path) =>
        element.ValueKind switch
        {
            JsonValueKind.Null => (null, null),
            JsonValueKind.Number => (null, AxesReader.ReadAxis(element, path)),
            JsonValueKind.Array => (
                [.. element.EnumerateArray().Select((item, i) => AxesReader.Read(item, $"{path}[{i}]"))],
                null
            ),
            _ => throw OptionReader.Malformed("an int, null, or a list with one entry an argument", element, path),
        };

    private static long? ReadAxisSize(OptionReader read)
    {
        if (read.Property("axisSize", out var path) is not { ValueKind: not JsonValueKind.Null } size)
        {
            return null;
        }

        if (size.ValueKind != JsonValueKind.Number || !size.TryGetInt64(out var value))
        {
            throw OptionReader.Malformed("an integer or null", size, path);
        }

        return value >= 0
            ? value
            : throw new EngineException(
                ErrorCode.InvalidTransform,
                $"axisSize is {value}; it must be 0 or more.",
                path
            );
    }

    private static string? ReadMethod(OptionReader read)
    {
        if (read.Property("method", out var path) is not { ValueKind: not JsonValueKind.Null } method)
        {
            return null;
        }

        return method.ValueKind == JsonValueKind.String
            ? VmapMethods.Require(method.GetString()!, path)
            : throw OptionReader.Malformed("the name of a method, or null", method, path);
    }
}
