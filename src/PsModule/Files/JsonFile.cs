using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.PsModule.Arrays;

namespace Torch2Jax.PsModule.Files;

/// <summary>JSON as scripts have it besides the trees of the REST API: a plain list of numbers, nested or not.</summary>
internal static class JsonFile
{
    /// <summary>The array of a list of numbers; null where the file holds something else.</summary>
    public static Torch2JaxArray? ReadNumbers(Stream file, DType? dtype)
    {
        using var document = JsonDocument.Parse(file);
        return document.RootElement.ValueKind == JsonValueKind.Array
            ? NumberArrays.Read(Numbers(document.RootElement), dtype, null, "The file")
            : null;
    }

    private static object Numbers(JsonElement element) =>
        element.ValueKind switch
        {
            JsonValueKind.Array => element.EnumerateArray().Select(Numbers).ToArray(),
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.Number when element.TryGetInt64(out var whole) => whole,
            JsonValueKind.Number => element.GetDouble(),
            _ => throw new FormatException("numbers and lists of them belong into the file."),
        };
}
