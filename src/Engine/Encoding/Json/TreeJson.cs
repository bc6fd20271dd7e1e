using System.Buffers;
using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Errors;
using Torch2Jax.Trees;

namespace Torch2Jax.Encoding;

/// <summary>
/// Trees in JSON: lists, objects, null, <c>{"$tuple":[...]}</c>, and arrays as
/// <c>{"dtype":"float32","shape":[2,3],"data":[...]}</c>. Elements go straight between the text and the array's memory.
/// </summary>
public static class TreeJson
{
    internal const int MaxJsonDepth = 512;

    /// <summary>The options for a reader whose text holds trees: strict JSON, deep enough for any tree within its limits.</summary>
    public static JsonReaderOptions ReaderOptions { get; } = new() { MaxDepth = MaxJsonDepth };

    /// <summary>
    /// Reads a tree: arrays with data become <see cref="NDArray"/>, those without <see cref="ShapeDtypeStruct"/>, other
    /// values <see cref="StaticValue"/>, <c>{"$ref":"name"}</c> an <see cref="ArrayReference"/>. The caller disposes of the
    /// arrays; on an error none is left.
    /// </summary>
    /// <param name="reader">On the first token of the tree, or just before it; afterwards on the last.</param>
    /// <param name="path">Where the tree stands in the request, such as <c>args</c>, for errors.</param>
    /// <param name="limits">The bounds.</param>
    /// <exception cref="EngineException">MalformedRequest, PayloadTooLarge or UnsupportedDtype, with the path to the place.</exception>
    public static PyTree<IArgumentLeaf> Read(ref Utf8JsonReader reader, string path, ReadLimits limits) =>
        new TreeJsonReader(path, limits, dtypeOptional: false, references: true).Read(ref reader);

    /// <summary>Reads a tree of arrays with their data, and nothing else.</summary>
    /// <param name="reader">On the first token of the tree, or just before it; afterwards on the last.</param>
    /// <param name="path">Where the tree stands in the request, for errors.</param>
    /// <param name="limits">The bounds.</param>
    /// <exception cref="EngineException">MalformedRequest, PayloadTooLarge or UnsupportedDtype, with the path to the place.</exception>
    public static PyTree<NDArray> ReadArrays(ref Utf8JsonReader reader, string path, ReadLimits limits)
    {
        var tree = new TreeJsonReader(path, limits, dtypeOptional: false, references: false).Read(ref reader);
        for (var i = 0; i < tree.LeafSpan.Length; i++)
        {
            if (tree.LeafSpan[i] is not NDArray)
            {
                Dispose(tree);
                throw ReadError.Malformed(
                    "Arrays are written with their data: {\"dtype\":\"float32\",\"shape\":[2],\"data\":[1,2]}.",
                    path + tree.Structure.KeyPaths()[i]
                );
            }
        }

        return tree.Map(leaf => (NDArray)leaf);
    }

    /// <summary>Reads a tree of outputs' shapes, where <c>{"shape":[3]}</c> leaves the dtype open.</summary>
    /// <param name="reader">On the first token of the tree, or just before it; afterwards on the last.</param>
    /// <param name="path">Where the tree stands in the request, for errors.</param>
    /// <param name="limits">The bounds.</param>
    /// <exception cref="EngineException">MalformedRequest, PayloadTooLarge or UnsupportedDtype, with the path to the place.</exception>
    public static PyTree<PartialShape> ReadOutputShapes(ref Utf8JsonReader reader, string path, ReadLimits limits) =>
        ShapesOnly<PartialShape>(
            new TreeJsonReader(path, limits, dtypeOptional: true, references: false).Read(ref reader),
            path
        );

    /// <summary>Reads a tree of shape-only leaves.</summary>
    /// <exception cref="EngineException">MalformedRequest, PayloadTooLarge or UnsupportedDtype.</exception>
    public static PyTree<ShapeDtypeStruct> ReadShapes(string json)
    {
        var reader = new Utf8JsonReader(System.Text.Encoding.UTF8.GetBytes(json), ReaderOptions);
        var tree = ShapesOnly<ShapeDtypeStruct>(Read(ref reader, "", ReadLimits.Default), "");
        try
        {
            return reader.Read() ? throw ReadError.Malformed("There is text behind the tree.", "") : tree;
        }
        catch (JsonException exception)
        {
            throw JsonInput.NotJson(exception, reader.CurrentDepth, new ReadPath(""));
        }
    }

    /// <summary>Writes a tree of arrays.</summary>
    public static void Write(Utf8JsonWriter writer, PyTree<NDArray> tree, ArrayEncoding encoding) =>
        TreeJsonWriter.Write(writer, tree, (writer, array) => TreeJsonWriter.WriteArray(writer, array, encoding));

    /// <summary>Writes an argument: arrays, shapes alone and static values, as <see cref="Read"/> takes them.</summary>
    public static void WriteArgument(Utf8JsonWriter writer, PyTree<IArgumentLeaf> tree, ArrayEncoding encoding) =>
        TreeJsonWriter.Write(writer, tree, (writer, leaf) => TreeJsonWriter.WriteArgument(writer, leaf, encoding));

    /// <summary>Writes outputs' shapes, as <see cref="ReadOutputShapes"/> takes them.</summary>
    public static void WriteOutputShapes(Utf8JsonWriter writer, PyTree<PartialShape> tree) =>
        TreeJsonWriter.Write(writer, tree, TreeJsonWriter.WritePartialShape);

    /// <summary>Writes a tree of shape-only leaves.</summary>
    public static void WriteShapes(Utf8JsonWriter writer, PyTree<ShapeDtypeStruct> tree) =>
        TreeJsonWriter.Write(writer, tree, TreeJsonWriter.WriteShape);

    /// <summary>A tree of shape-only leaves as text; equal trees give equal texts.</summary>
    public static string ToJson(PyTree<ShapeDtypeStruct> tree)
    {
        var text = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(text))
        {
            WriteShapes(writer, tree);
        }

        return System.Text.Encoding.UTF8.GetString(text.WrittenSpan);
    }

    private static PyTree<T> ShapesOnly<T>(PyTree<IArgumentLeaf> tree, string path)
        where T : class, IArgumentLeaf
    {
        if (tree.Leaves.All(leaf => leaf is T))
        {
            return tree.Map(leaf => (T)leaf);
        }

        Dispose(tree);
        throw ReadError.Malformed("Only shapes are expected here: {\"dtype\":\"float32\",\"shape\":[2,3]}.", path);
    }

    private static void Dispose(PyTree<IArgumentLeaf> tree)
    {
        foreach (var leaf in tree.Leaves)
        {
            (leaf as NDArray)?.Dispose();
        }
    }
}
