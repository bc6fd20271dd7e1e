using System.Collections.Immutable;
using System.Text.Json;
using Torch2Jax.Errors;
using Torch2Jax.Trees;

namespace Torch2Jax.Sharding;

/// <summary>Reads the <c>sharding</c> of a request.</summary>
public static class ShardingReader
{
    /// <summary>Reads a sharding; null or a missing one is none.</summary>
    /// <exception cref="EngineException">MalformedRequest or InvalidSharding, with the place.</exception>
    public static ShardingSpec? Read(JsonElement element, string path = "sharding")
    {
        if (element.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
        {
            return null;
        }

        Require(element, JsonValueKind.Object, "an object with mesh, inSpecs and outSpecs", path);
        RefuseOthers(element, path, "mesh", "inSpecs", "outSpecs");
        var mesh = ReadMesh(Property(element, "mesh", path), $"{path}.mesh");
        var inSpecs = Property(element, "inSpecs", path);
        Require(inSpecs, JsonValueKind.Array, "a list with one spec (or tree of specs) an argument", $"{path}.inSpecs");
        var outSpecs =
            element.TryGetProperty("outSpecs", out var given) && given.ValueKind != JsonValueKind.Null
                ? SpecReader.Read(given, $"{path}.outSpecs")
                : null;
        return new ShardingSpec(
            mesh,
            [.. inSpecs.EnumerateArray().Select((item, i) => SpecReader.Read(item, $"{path}.inSpecs[{i}]"))],
            outSpecs
        );
    }

    private static Mesh ReadMesh(JsonElement element, string path)
    {
        Require(element, JsonValueKind.Object, "an object with axisNames and shape", path);
        RefuseOthers(element, path, "axisNames", "shape", "devices");
        var names = Texts(Property(element, "axisNames", path), $"{path}.axisNames");
        var shape = Sizes(Property(element, "shape", path), $"{path}.shape");
        ImmutableArray<string>? devices =
            element.TryGetProperty("devices", out var given) && given.ValueKind != JsonValueKind.Null
                ? Texts(given, $"{path}.devices")
                : null;
        return new Mesh(names, shape, devices);
    }

    private static ImmutableArray<string> Texts(JsonElement element, string path)
    {
        Require(element, JsonValueKind.Array, "a list of names", path);
        foreach (var item in element.EnumerateArray())
        {
            Require(item, JsonValueKind.String, "a name", path);
        }

        return [.. element.EnumerateArray().Select(item => item.GetString()!)];
    }

    private static ImmutableArray<long> Sizes(JsonElement element, string path)
    {
        Require(element, JsonValueKind.Array, "a list of sizes", path);
        var sizes = ImmutableArray.CreateBuilder<long>();
        foreach (var item in element.EnumerateArray())
        {
            Require(item, JsonValueKind.Number, "a size", path);
            sizes.Add(item.TryGetInt64(out var size) ? size : throw SpecReader.Malformed("a size (an integer)", path));
        }

        return sizes.ToImmutable();
    }

    private static JsonElement Property(JsonElement element, string name, string path) =>
        element.TryGetProperty(name, out var value)
            ? value
            : throw new EngineException(ErrorCode.MalformedRequest, $"\"{name}\" is missing.", $"{path}.{name}");

    private static void Require(JsonElement element, JsonValueKind kind, string expected, string path)
    {
        if (element.ValueKind != kind)
        {
            throw SpecReader.Malformed(expected, path);
        }
    }

    private static void RefuseOthers(JsonElement element, string path, params ReadOnlySpan<string> known)
    {
        foreach (var property in element.EnumerateObject())
        {
            if (!known.Contains(property.Name))
            {
                throw new EngineException(
                    ErrorCode.MalformedRequest,
                    $"There is no such property; known ones are {string.Join(", ", known.ToArray())}.",
                    $"{path}.{property.Name}"
                );
            }
        }
    }
}
