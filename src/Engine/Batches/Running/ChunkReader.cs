using System.IO.Hashing;
using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Errors;
using Torch2Jax.Trees;

namespace Torch2Jax.Batches;

/// <summary>Reads what chunks hold; safe on many threads at once.</summary>
internal sealed class ChunkReader : IDisposable
{
    private readonly BatchManifest manifest;
    private readonly string[] names;
    private readonly Dictionary<string, ArraySlices> arrays = [];
    private readonly Dictionary<FileReference, PyTree<IArgumentLeaf>> shared = [];
    private readonly List<NDArray> sharedArrays = []; // that the leaves of those lie in
    private readonly byte[] sharedHash;

    /// <summary>Opens the arrays and reads the files that all calls share.</summary>
    public ChunkReader(BatchManifest manifest, BatchFolder folder)
    {
        this.manifest = manifest;
        names = [.. manifest.Inputs.Keys.Order(StringComparer.Ordinal)];
        try
        {
            foreach (var (name, input) in manifest.Inputs)
            {
                if (input is ArrayInput array)
                {
                    var path = folder.Resolve(array.File, $"inputs.{name}.array");
                    arrays.Add(name, new ArraySlices(path, array.Axis, $"inputs.{name}"));
                }
            }

            var hash = new XxHash128();
            var content = $"batch:{Guid.NewGuid():N}"; // they stay as they are while this lives, on a GPU too
            foreach (var reference in Templates.SelectMany(template => template.Files).Distinct())
            {
                var path = folder.Resolve(reference.Path, "args");
                var read = HashedFile.Read(path, reference.Key, CsvOptions.Default with { Header = false }, hash);
                sharedArrays.AddRange(read.Leaves.OfType<NDArray>());
                shared.Add(reference, Named(read, $"{content}:{shared.Count}"));
            }

            sharedHash = hash.GetCurrentHash();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    private static PyTree<IArgumentLeaf> Named(PyTree<IArgumentLeaf> tree, string content)
    {
        var leaf = 0;
        return tree.Map(item => item is NDArray array ? array.As(new ContentKey(content, leaf++)) : item);
    }

    private IEnumerable<ArgumentTemplate> Templates => manifest.Args.Concat(manifest.Kwargs?.Values ?? []);

    /// <summary>Reads a chunk.</summary>
    /// <exception cref="InputChangedException">A file is not what it was when the batch was made.</exception>
    /// <exception cref="EngineException">A file cannot be read as what it should be.</exception>
    public LoadedChunk Read(PlannedChunk chunk)
    {
        var files = InputFile.Parse(chunk.Files);
        RequireUnchanged(files);
        var loaded = ReadAsItIs(chunk, files);
        try
        {
            // What was written while it was read belongs to neither state.
            RequireUnchanged(files);
            return loaded;
        }
        catch
        {
            loaded.Dispose();
            throw;
        }
    }

    /// <summary>A hash over what the chunk's files hold now.</summary>
    public ReadOnlyMemory<byte> HashNow(PlannedChunk chunk)
    {
        using var loaded = ReadAsItIs(chunk, InputFile.Parse(chunk.Files));
        return loaded.Hash;
    }

    private LoadedChunk ReadAsItIs(PlannedChunk chunk, IReadOnlyList<InputFile> files)
    {
        var hash = new XxHash128();
        hash.Append(sharedHash);
        var elements = new List<LoadedElement>();
        try
        {
            if (manifest.SplitsArrays)
            {
                elements.Add(ReadSlices(chunk, hash));
            }
            else
            {
                for (var i = 0; i < chunk.Count; i++)
                {
                    elements.Add(ReadFiles(chunk.Start + i, files.Skip(i * names.Length).Take(names.Length), hash));
                }
            }

            return new LoadedChunk(elements, hash.GetCurrentHash());
        }
        catch
        {
            elements.ForEach(element => element.Dispose());
            throw;
        }
    }

    /// <summary>How many slices the arrays have.</summary>
    public long Length => arrays.Values.First().Length;

    /// <summary>The shapes of a chunk of some slices, for inference.</summary>
    public LoadedElement Shapes(int count) =>
        new(
            0,
            "",
            Fill(
                arrays.ToDictionary(
                    pair => new InputReference(pair.Key, null),
                    pair => PyTree.Leaf<IArgumentLeaf>(pair.Value.Describe(count))
                )
            )
        );

    public void Dispose()
    {
        foreach (var array in arrays.Values)
        {
            array.Dispose();
        }

        sharedArrays.ForEach(array => array.Dispose());
    }

    private LoadedElement ReadSlices(PlannedChunk chunk, XxHash128 hash)
    {
        var read = new Dictionary<InputReference, PyTree<IArgumentLeaf>>();
        try
        {
            foreach (var name in names)
            {
                var slices = arrays[name].Read(chunk.Start, chunk.Count, hash);
                read.Add(new InputReference(name, null), PyTree.Leaf<IArgumentLeaf>(slices));
            }
        }
        catch
        {
            LoadedElement.Release(read.Values);
            throw;
        }

        return new LoadedElement(chunk.Index, "", Fill(read), read.Values);
    }

    private LoadedElement ReadFiles(long index, IEnumerable<InputFile> files, XxHash128 hash)
    {
        var read = new Dictionary<InputReference, PyTree<IArgumentLeaf>>();
        var stem = "";
        try
        {
            foreach (var (name, file) in names.Zip(files))
            {
                stem = stem.Length == 0 ? Path.GetFileNameWithoutExtension(file.Path) : stem;
                var csv = ((FilesInput)manifest.Inputs[name]).Csv;
                foreach (var key in Keys(name))
                {
                    read.Add(new InputReference(name, key), HashedFile.Read(file.Path, key, csv, hash));
                }
            }
        }
        catch
        {
            LoadedElement.Release(read.Values);
            throw;
        }

        return new LoadedElement(index, stem, Fill(read), read.Values);
    }

    private IEnumerable<string?> Keys(string name) =>
        Templates
            .SelectMany(template => template.References)
            .Where(reference => reference.Input == name)
            .Select(reference => reference.Key)
            .Distinct();

    private Func<ArgumentTemplate, PyTree<IArgumentLeaf>> Fill(
        Dictionary<InputReference, PyTree<IArgumentLeaf>> inputs
    ) =>
        template =>
            template switch
            {
                InputReference input => inputs[input],
                FileReference file => shared[file],
                _ => throw new ArgumentException("Only references are filled in.", nameof(template)),
            };

    private static void RequireUnchanged(IReadOnlyList<InputFile> files)
    {
        foreach (var file in files.Where(file => InputFile.Now(file.Path) != file))
        {
            throw new InputChangedException(Path.GetFileName(file.Path));
        }
    }
}
