using System.Text.Json;
using Microsoft.AspNetCore.Http.Extensions;
using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Stored;
using Torch2Jax.Trees;
using Torch2Jax.WebApi.Bodies;
using Torch2Jax.WebApi.Contracts;
using Torch2Jax.WebApi.OpenApi;

namespace Torch2Jax.WebApi.Apis;

/// <summary>/api/arrays: arrays that are stored once and named in calls.</summary>
internal sealed class ArraysApi(ApiContext api)
{
    private StoredArrays Arrays => api.Engine.Functions.Arrays;

    public async Task PutAsync(HttpContext context)
    {
        var name = ArrayReference.CheckedName(ApiContext.Reference(context), "name");
        var condition = Preconditions.Of(context.Request);
        var arrays = Arrays;
        var tree = await ReadAsync(context);
        var bytes = tree.Leaves.Sum(leaf => (long)leaf.ByteLength);
        SavedArray saved;
        try
        {
            api.Budget.Take(bytes);
        }
        catch
        {
            Release(tree.Leaves);
            throw;
        }

        try
        {
            saved = await arrays.HandOverAsync(name, tree, condition, context.RequestAborted);
        }
        finally
        {
            api.Budget.Return(bytes);
        }

        if (saved.Created)
        {
            context.Response.Headers.Location = UriHelper.BuildRelative(
                context.Request.PathBase,
                $"/api/arrays/{name}"
            );
        }

        await JsonAnswer.WriteAsync(context, saved.Created ? 201 : 200, saved.Array, StoredArrayJson.Write);
    }

    public async Task ListAsync(HttpContext context)
    {
        var query = new ListQuery(context.Request.Query);
        var arrays = await Arrays.ListAsync(query.Prefix, query.Cursor, query.Limit + 1, context.RequestAborted);
        var more = arrays.Count > query.Limit;
        IReadOnlyList<StoredArray> page = more ? [.. arrays.Take(query.Limit)] : arrays;
        var next = more ? ListQuery.CursorAfter(page[^1].Name) : null;
        await JsonAnswer.WriteAsync(context, 200, (page, next), StoredArrayJson.WriteList);
    }

    public async Task HeadAsync(HttpContext context)
    {
        var array = await Arrays.FindAsync(ApiContext.Reference(context), context.RequestAborted);
        Describe(context, array);
        context.Response.ContentType = ArrayFormats.Accepted(context.Request).MediaType();
    }

    public async Task GetAsync(HttpContext context)
    {
        var format = ArrayFormats.Accepted(context.Request);
        var encoding = StoredArrayQuery.Encoding(context.Request.Query);
        var array = await Arrays.FindAsync(ApiContext.Reference(context), context.RequestAborted);
        if (Preconditions.IsKnown(context.Request, array.Sha256))
        {
            Describe(context, array);
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        using var lease = await Arrays.GetAsync(ApiContext.Reference(context), context.RequestAborted);
        Describe(context, lease.Array);
        // These two are made whole before they are sent, and so take memory of their own.
        var copied = format is ArrayFormat.Json or ArrayFormat.Npz ? lease.Array.Bytes : 0;
        api.Budget.Take(copied);
        try
        {
            await (
                format == ArrayFormat.Json
                    ? JsonAnswer.WriteAsync(
                        context,
                        200,
                        (lease.Tree, encoding),
                        (json, answer) => TreeJson.Write(json, answer.Tree, answer.encoding)
                    )
                    : ArrayAnswer.WriteAsync(context, lease.Tree, NamesOf(lease.Tree.Structure), format)
            );
        }
        finally
        {
            api.Budget.Return(copied);
        }
    }

    public async Task DeleteAsync(HttpContext context)
    {
        var name = ArrayReference.CheckedName(ApiContext.Reference(context), "name");
        await Arrays.DeleteAsync(name, Preconditions.Of(context.Request), context.RequestAborted);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private static void Describe(HttpContext context, StoredArray array)
    {
        var headers = context.Response.Headers;
        headers.ETag = Preconditions.Tag(array.Sha256);
        // May be kept, but is asked for again each time: a name can stand for something else at any moment.
        headers.CacheControl = "private, no-cache";
        headers.Vary = "Accept";
        headers["Torch2Jax-Sha256"] = array.Sha256;
        headers["Torch2Jax-Bytes"] = $"{array.Bytes}";
        headers.LastModified = array.CreatedAt.ToString("R");
    }

    // Of a dict by key path; else NumPy's own names, by which a body of arrays is read by position.
    private static string[] NamesOf(TreeDef structure)
    {
        string[] names =
            structure.Kind == TreeKind.Dict
                ? LeafNames.Of(structure)
                : [.. Enumerable.Range(0, structure.LeafCount).Select(i => $"arr_{i}")];
        return names.Distinct(StringComparer.Ordinal).Count() == names.Length
            ? names
            : throw JsonFields.Malformed(
                $"Two arrays of this tree would have one name in a file; accept {MediaTypes.Json}.",
                null
            );
    }

    private async ValueTask<PyTree<NDArray>> ReadAsync(HttpContext context)
    {
        var format = ArrayFormats.OfContentType(context.Request.ContentType);
        var (dtype, shape) = StoredArrayQuery.Raw(context.Request.Query, format);
        if (format == ArrayFormat.Json)
        {
            using var body = await api.ReadJsonAsync(context);
            return ReadJson(body.Bytes);
        }

        var arrays = await ReceivedArrays.ReadAsync(api, context, format, dtype, shape);
        return format is ArrayFormat.Raw or ArrayFormat.Npy
            ? PyTree.Leaf(arrays[0].Array)
            : PyTree.Dict(arrays.Select(entry => KeyValuePair.Create(entry.Name, PyTree.Leaf(entry.Array))));
    }

    private PyTree<NDArray> ReadJson(ReadOnlySpan<byte> given)
    {
        var json = JsonFields.WithoutMark(given);
        if (json.IsEmpty)
        {
            throw JsonFields.Malformed("The body is empty; an array or a tree of arrays was expected.", null);
        }

        var reader = new Utf8JsonReader(json, TreeJson.ReaderOptions);
        var tree = TreeJson.ReadArrays(ref reader, "", api.Reading);
        try
        {
            // Anything but white space behind the tree is an error that the reader raises.
            reader.Read();
            return tree;
        }
        catch (JsonException error)
        {
            Release(tree.Leaves);
            throw JsonFields.NotJson(error);
        }
    }

    private static void Release(IEnumerable<NDArray> arrays)
    {
        foreach (var array in arrays)
        {
            array.Dispose();
        }
    }
}

/// <summary>The addresses of <see cref="ArraysApi"/>.</summary>
internal static class ArraysRoutes
{
    public static void MapArrays(this WebApplication app)
    {
        var api = new ArraysApi(ApiContext.Of(app));
        app.MapGet("/api/arrays", api.ListAsync).Describe(ArrayDocs.List);
        app.MapPut("/api/arrays/{name}", api.PutAsync).Describe(ArrayDocs.Put);
        app.MapGet("/api/arrays/{name}", api.GetAsync).Describe(ArrayDocs.Get);
        app.MapMethods("/api/arrays/{name}", [HttpMethods.Head], api.HeadAsync).Describe(ArrayDocs.Head);
        app.MapDelete("/api/arrays/{name}", api.DeleteAsync).Describe(ArrayDocs.Delete);
    }
}
