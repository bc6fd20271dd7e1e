using System.Management.Automation;
using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Errors;
using Torch2Jax.PsModule.Arrays;
using Torch2Jax.PsModule.Errors;
using Torch2Jax.Trees;

namespace Torch2Jax.PsModule.Files;

/// <summary>Array files as scripts read and write them.</summary>
internal static class ArrayFiles
{
    /// <summary>Reads a file; <paramref name="dtype"/> is that of a csv, and what others are cast to.</summary>
    public static FileArrays Read(string path, DType? dtype = null)
    {
        var format = FormatOf(path);
        try
        {
            return FileFailure.Tell(
                path,
                path =>
                {
                    using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
                    return Read(file, format, Path.GetFileName(path), dtype);
                }
            );
        }
        catch (Exception error) when (error is EngineException or JsonException or FormatException)
        {
            throw new ModuleException(
                "FileNotUnderstood",
                ErrorCategory.InvalidData,
                $"{Path.GetFileName(path)} is not the {Name(format)} file that its name says: {error.Message}",
                "Check how the file was made, or give it the extension of what it is.",
                error
            );
        }
    }

    /// <summary>Writes arrays; the file appears whole or not at all.</summary>
    public static void Write(string path, FileArrays arrays, bool compress)
    {
        var format = FormatOf(path);
        // numpy.savez names a single array so, too.
        var named = arrays.Named ?? [KeyValuePair.Create("arr_0", arrays.Single!)];
        var structure =
            arrays.Named is null && !ArrayFile.IsNamed(format)
                ? TreeDef.Leaf
                : TreeDef.OrderedDict([.. named.Select(item => item.Key)], [.. named.Select(_ => TreeDef.Leaf)]);
        var lent = named.Select(item => item.Value.Borrow()).ToList();
        try
        {
            var tree = new PyTree<NDArray>(structure, lent);
            WholeFile.Write(path, $"{Guid.NewGuid():N}", file => ArrayFile.Write(file, format, tree, compress));
        }
        catch (EngineException error) when (error.Code == ErrorCode.OutputShapeMismatch)
        {
            throw new ModuleException(
                "FileHoldsOneArray",
                ErrorCategory.InvalidArgument,
                error.Message,
                "Use .npy for one array of any shape, .npz, .safetensors or .json for several.",
                error
            );
        }
        finally
        {
            lent.ForEach(array => array.Dispose());
        }
    }

    /// <summary>The format that the extension names, or an error that lists those there are.</summary>
    public static ArrayFileFormat FormatOf(string path) =>
        ArrayFile.FormatOf(path)
        ?? throw new ModuleException(
            "FileTypeUnknown",
            ErrorCategory.InvalidArgument,
            $"{Path.GetFileName(path)} has no extension of an array file.",
            $"Use one of {string.Join(", ", ArrayFile.Endings)}."
        );

    private static FileArrays Read(Stream file, ArrayFileFormat format, string name, DType? dtype)
    {
        if (ArrayFile.IsNamed(format))
        {
            return Named(ArrayFile.ReadNamed(file, format, name), dtype);
        }

        if (format == ArrayFileFormat.Json && JsonFile.ReadNumbers(file, dtype) is { } numbers)
        {
            return FileArrays.Of(numbers);
        }

        file.Position = 0;
        var dtypeOfCsv = dtype is { } to ? (to.IsComplex() ? DType.Float64 : to) : DType.Float32;
        var tree = ArrayFile.Read(file, format, name, null, CsvOptions.Default with { Dtype = dtypeOfCsv });
        return tree.Structure.Kind switch
        {
            TreeKind.Leaf => FileArrays.Of(Take(tree.LeafSpan[0], dtype)),
            TreeKind.Dict when tree.Structure.LeafCount == tree.Children.Count => Named(
                tree.Structure.Keys.Zip(tree.Leaves, KeyValuePair.Create),
                dtype
            ),
            _ => throw new FormatException("one array, or an object of arrays by name, belongs into the file."),
        };
    }

    private static FileArrays Named<T>(IEnumerable<KeyValuePair<string, T>> read, DType? dtype)
        where T : IArgumentLeaf =>
        new(null, [.. read.Select(item => KeyValuePair.Create(item.Key, Take(item.Value, dtype)))]);

    private static Torch2JaxArray Take(IArgumentLeaf leaf, DType? dtype)
    {
        if (leaf is not NDArray read)
        {
            throw new FormatException($"{leaf} is no array with its data.");
        }

        using (read)
        {
            var array = Torch2JaxArray.CopyOf(read);
            return dtype is { } to ? NumberArrays.Cast(array, to, "The file") : array;
        }
    }

    private static string Name(ArrayFileFormat format) => ArrayFile.Endings[(int)format][1..];
}
