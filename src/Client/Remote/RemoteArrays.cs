using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Errors;
using Torch2Jax.Stored;
using Torch2Jax.Trees;

namespace Torch2Jax.Client;

/// <summary>
/// Stored arrays of a service. One array goes as npy and a dict of arrays as safetensors, piece by piece; other trees go as
/// JSON, which is made whole.
/// </summary>
internal sealed class RemoteArrays(ServiceConnection service) : IStoredArrays
{
    private const string Arrays = "api/arrays";
    private const int PageSize = 200;

    // Each time the name was rewritten between the look at it and the read of its content.
    private const int Attempts = 4;

    private static readonly ReadLimits Limits = new(long.MaxValue, long.MaxValue, int.MaxValue, 512);

    public PublishedArray Put(
        string name,
        PyTree<NDArray> arrays,
        ArrayCondition? condition = null,
        CancellationToken cancellationToken = default
    )
    {
        ArrayReference.CheckedName(name, "name");
        using var answer = service.Put(
            $"{Arrays}/{name}",
            ArrayTransfer.Of(arrays) switch
            {
                ArrayFileFormat.Json => RequestBody.Json(
                    json => TreeJson.Write(json, arrays, ArrayEncoding.Base64),
                    ArrayTransfer.Estimate(arrays)
                ),
                var format => new ArrayTransfer(arrays, format),
            },
            condition,
            cancellationToken
        );
        return new PublishedArray(answer.Read(() => StoredArraySummary.Read(answer.Root)), answer.Status == 201);
    }

    public StoredArraySummary Find(string reference, CancellationToken cancellationToken = default)
    {
        var wanted = ArrayReference.Parse(reference, "name");
        // Names come in order, so a name comes before those that it begins.
        using var answer = service.Get($"{Arrays}?limit=1&prefix={wanted.Name}", cancellationToken);
        var found = ReadPage(answer).Page.FirstOrDefault(array => array.Name == wanted.Name);
        if (found is not null && (wanted.Sha256 ?? found.Sha256) == found.Sha256)
        {
            return found;
        }

        // The service says best what is wrong with it.
        service.Get(Path(wanted), cancellationToken).Dispose();
        throw new EngineException(
            ErrorCode.Conflict,
            $"The stored array '{wanted.Name}' is being rewritten; ask again."
        );
    }

    public StoredContent Get(string reference, CancellationToken cancellationToken = default)
    {
        for (var attempt = 1; ; attempt++)
        {
            var array = Find(reference, cancellationToken);
            try
            {
                var tree = Read(array, cancellationToken);
                return new StoredContent(array, tree, () => Release(tree));
            }
            catch (EngineException error)
                when (error.Code == ErrorCode.Conflict && attempt < Attempts && reference != array.Pinned)
            {
                // It was rewritten in between.
            }
        }
    }

    public IEnumerable<StoredArraySummary> List(string? prefix = null, CancellationToken cancellationToken = default)
    {
        var query = $"{Arrays}?limit={PageSize}";
        if (!string.IsNullOrEmpty(prefix))
        {
            query += "&prefix=" + Uri.EscapeDataString(prefix);
        }

        string? cursor = null;
        do
        {
            var from = cursor is null ? query : $"{query}&cursor={Uri.EscapeDataString(cursor)}";
            using var answer = service.Get(from, cancellationToken);
            (var page, cursor) = ReadPage(answer);
            foreach (var array in page)
            {
                yield return array;
            }
        } while (cursor is not null);
    }

    public void Delete(string name, ArrayCondition? condition = null, CancellationToken cancellationToken = default)
    {
        ArrayReference.CheckedName(name, "name");
        service.Delete($"{Arrays}/{name}", condition, cancellationToken).Dispose();
    }

    private static string Path(ArrayReference reference) => $"{Arrays}/{Uri.EscapeDataString(reference.ToString())}";

    private static (StoredArraySummary[] Page, string? Next) ReadPage(ServiceAnswer answer) =>
        answer.Read<(StoredArraySummary[], string?)>(() =>
            (
                [.. answer.Root.GetProperty("arrays").EnumerateArray().Select(StoredArraySummary.Read)],
                answer.Root.GetProperty("nextCursor").GetString()
            )
        );

    private PyTree<NDArray> Read(StoredArraySummary array, CancellationToken cancellationToken)
    {
        var path = Path(new ArrayReference(array.Name, array.Sha256));
        var format = ArrayTransfer.Of(array);
        if (format == ArrayFileFormat.Json)
        {
            using var answer = service.Get(path + "?encoding=base64", cancellationToken);
            return answer.Read(() =>
            {
                var reader = new Utf8JsonReader(answer.Bytes, TreeJson.ReaderOptions);
                return TreeJson.ReadArrays(ref reader, "", Limits);
            });
        }

        return service.Stream(
            path,
            ArrayTransfer.MediaType(format),
            body =>
                format == ArrayFileFormat.Npy
                    ? PyTree.Leaf(Npy.Read(body, Limits))
                    : PyTree.Dict(
                        Safetensors
                            .Read(body, Limits)
                            .Select(item => KeyValuePair.Create(item.Key, PyTree.Leaf(item.Value)))
                    ),
            cancellationToken
        );
    }

    private static void Release(PyTree<NDArray> tree)
    {
        foreach (var array in tree.Leaves)
        {
            array.Dispose();
        }
    }
}
