using System.Text;
using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Trees;

namespace Torch2Jax.Tool.Values;

/// <summary>Writes a call's outputs to a file, in the format that its extension names.</summary>
internal static class OutputFile
{
    public static void Check(string path)
    {
        if (Extension(path) is not (".npy" or ".npz" or ".safetensors" or ".json" or ".csv"))
        {
            throw new ToolException(
                "usage",
                "Outputs are written to .npy, .npz, .safetensors, .json and .csv files.",
                path
            );
        }
    }

    public static void Write(string path, PyTree<NDArray> outputs) =>
        Files.Write(
            path,
            stream =>
            {
                switch (Extension(path))
                {
                    case ".npy":
                        Npy.Write(stream, Single(outputs, path));
                        break;
                    case ".npz":
                        Npz.Write(stream, Named(outputs));
                        break;
                    case ".safetensors":
                        Safetensors.Write(stream, Named(outputs));
                        break;
                    case ".csv":
                        stream.Write(System.Text.Encoding.UTF8.GetBytes(Csv(Single(outputs, path), path)));
                        break;
                    default:
                        using (var json = new Utf8JsonWriter(stream))
                        {
                            TreeJson.Write(json, outputs, ArrayEncoding.Nested);
                        }

                        break;
                }
            }
        );

    /// <summary>The arrays by name: a dict's by its keys joined with dots, else <c>output0</c>, <c>output1</c> ...</summary>
    public static IEnumerable<KeyValuePair<string, NDArray>> Named(PyTree<NDArray> outputs) =>
        LeafNames.Of(outputs.Structure).Zip(outputs.Leaves, KeyValuePair.Create);

    private static string Extension(string path) => Path.GetExtension(path).ToLowerInvariant();

    private static NDArray Single(PyTree<NDArray> outputs, string path) =>
        outputs.Leaves is [{ } only]
            ? only
            : throw new ToolException(
                "usage",
                $"The answer has {outputs.Leaves.Count} arrays and a {Extension(path)} file holds one; write .npz, "
                    + ".safetensors or .json.",
                path
            );

    // A row a line; a vector is a column, and an array of more dimensions has its last one along the line.
    private static string Csv(NDArray array, string path)
    {
        if (DTypes.IsComplex(array.Dtype))
        {
            throw new ToolException("usage", "Complex numbers have no form in a .csv file; write .npy or .json.", path);
        }

        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            ArrayJson.Write(json, array, ArrayEncoding.Json);
        }

        using var document = JsonDocument.Parse(buffer.ToArray());
        var columns = array.Rank < 2 ? 1 : Math.Max(1, array.Shape[^1]);
        var text = new StringBuilder();
        var column = 0L;
        foreach (var element in document.RootElement.EnumerateArray())
        {
            text.Append(element.ToString());
            column = (column + 1) % columns;
            text.Append(column == 0 ? '\n' : ',');
        }

        return text.ToString();
    }
}
