using Torch2Jax.Errors;

namespace Torch2Jax.WebApi.OpenApi;

/// <summary>Documentation of /api/arrays.</summary>
internal static class ArrayDocs
{
    private const string Tag = "Stored arrays";

    private const string Stored =
        """{"name":"weights","sha256":"3f6e2c0f5b1f0f4f3d0c7f6f4f0e4b8f0d5a5f0c2b1a4e3d2c1b0a9f8e7d6c5b","bytes":20,"tree":"PyTreeDef({'b': *, 'w': *})","leaves":[{"path":"['b']","dtype":"float32","shape":[1]},{"path":"['w']","dtype":"float32","shape":[2,2]}],"createdAt":"2026-11-23T10:00:00Z"}""";

    private static readonly string[] Files =
    [
        "application/x-npy",
        "application/x-npz",
        "application/x-safetensors",
        "application/octet-stream",
    ];

    private static readonly ParameterDoc Name = new(
        "name",
        InPath: true,
        "string",
        "The stored array's name.",
        "weights"
    );

    private static readonly ParameterDoc Reference = Name with
    {
        Description = "The stored array's name, or name@sha256:HEX for that content alone.",
    };

    public static readonly OperationDoc Put = new(
        "putArray",
        Tag,
        "Store an array",
        "Stores an array, or a tree of arrays, under a name; what the name stood for before goes. A call names it in the "
            + "place of the tree: `{\"$ref\":\"weights\"}`. Content is kept once by its SHA-256, however many names it has. "
            + "npz and safetensors become a dict of their arrays. `If-Match` with an entity tag of a GET, or "
            + "`If-None-Match: *`, let a change happen only where nobody else was first."
    )
    {
        Parameters =
        [
            Name,
            new("dtype", false, "string", "Of a body of raw bytes."),
            new("shape", false, "string", "Of a body of raw bytes: 10,5."),
        ],
        Bodies =
        [
            new(
                "application/json",
                "Tree",
                (
                    "weights",
                    "Weights and bias",
                    """{"w":{"dtype":"float32","shape":[2,2],"data":[1,2,3,4]},"b":{"dtype":"float32","shape":[1],"data":[0.5]}}"""
                )
            ),
            .. Files.Select(type => new BodyDoc(type, null)),
        ],
        Answers =
        [
            new(201, "The name is new; Location is its address.", "StoredArray", Stored),
            new(200, "The name stands for this now, or did so already.", "StoredArray", Stored),
        ],
        Errors =
        [
            ErrorCode.PreconditionFailed,
            ErrorCode.UnsupportedDtype,
            ErrorCode.PayloadTooLarge,
            ErrorCode.UnsupportedMediaType,
            ErrorCode.Overloaded,
            ErrorCode.RegistryUnavailable,
        ],
    };

    public static readonly OperationDoc Get = new(
        "getArray",
        Tag,
        "Read a stored array",
        "The tree as calls write it, or as a file where `Accept` asks for one: npy and raw bytes hold one array, npz and "
            + "safetensors name them by key path. The entity tag is the content's SHA-256; a request with it in "
            + "`If-None-Match` is answered 304."
    )
    {
        Parameters = [Reference, new("encoding", false, "string", "Of JSON: json, nested or base64.")],
        Answers =
        [
            new(200, "The arrays.", "Tree", """{"dtype":"float32","shape":[2],"data":[1,2]}""") { Bytes = Files },
            new(304, "The caller has this content."),
        ],
        Errors =
        [
            ErrorCode.ArrayNotFound,
            ErrorCode.Conflict,
            ErrorCode.UnsupportedDtype,
            ErrorCode.Overloaded,
            ErrorCode.RegistryUnavailable,
        ],
    };

    public static readonly OperationDoc Head = new(
        "describeArray",
        Tag,
        "Look at a stored array",
        "The headers of a GET: entity tag, SHA-256 (`Torch2Jax-Sha256`) and bytes of content (`Torch2Jax-Bytes`). Nothing "
            + "of the content is read."
    )
    {
        Parameters = [Reference],
        Answers = [new(200, "It is there.")],
        Errors = [ErrorCode.ArrayNotFound, ErrorCode.Conflict, ErrorCode.RegistryUnavailable],
    };

    public static readonly OperationDoc List = new(
        "listArrays",
        Tag,
        "List stored arrays",
        "Names in their order with hash, size and shapes, a page at a time."
    )
    {
        Parameters =
        [
            FunctionDocs.Prefix,
            new("limit", false, "integer", "Arrays a page, 1 to 1000; default 100."),
            new("cursor", false, "string", "nextCursor of the page before."),
        ],
        Answers =
        [
            new(
                200,
                "A page; nextCursor is null on the last.",
                "StoredArrayList",
                """{"arrays":[""" + Stored + """],"nextCursor":null}"""
            ),
        ],
        Errors = [ErrorCode.RegistryUnavailable],
    };

    public static readonly OperationDoc Delete = new(
        "deleteArray",
        Tag,
        "Delete a stored array",
        "The name goes, and its content where no other name has it. Calls that are using it go on."
    )
    {
        Parameters = [Name],
        Answers = [new(204, "It is gone.")],
        Errors = [ErrorCode.ArrayNotFound, ErrorCode.PreconditionFailed, ErrorCode.RegistryUnavailable],
    };
}
