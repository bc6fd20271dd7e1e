using Torch2Jax.Errors;

namespace Torch2Jax.WebApi.OpenApi;

/// <summary>Documentation of batches.</summary>
internal static class BatchDocs
{
    private const string Tag = "Batches";

    private const string Example = """
        {"manifest":{"function":"cross_entropy","args":[{"$input":"logits"},{"$input":"labels"}],
         "inputs":{"logits":{"files":"logits/*.npy"},"labels":{"files":"labels/*.npy"}},
         "output":{"files":"loss/{stem}.npy"}}}
        """;

    private static readonly ParameterDoc Id = new(
        "id",
        true,
        "string",
        "The batch's id.",
        "3f1c9a52-6f0e-4d3c-9a55-0d8f1c1b2a3e"
    );

    /// <summary>What may be wrong with a request for something stored.</summary>
    public static readonly ErrorCode[] Usual =
    [
        ErrorCode.Forbidden,
        ErrorCode.FunctionNotFound,
        ErrorCode.RegistryUnavailable,
        ErrorCode.NotReady,
    ];

    /// <summary>What may be wrong with a manifest.</summary>
    public static readonly ErrorCode[] OfManifest =
    [
        .. Usual,
        ErrorCode.MalformedRequest,
        ErrorCode.VersionNotFound,
        ErrorCode.ArrayNotFound,
        ErrorCode.Conflict,
        ErrorCode.PayloadTooLarge,
        ErrorCode.InvalidTransform,
        ErrorCode.StructureMismatch,
        ErrorCode.UnexpectedKeywordArguments,
        ErrorCode.OutputShapeMismatch,
        ErrorCode.DataDependentShape,
        ErrorCode.ExecutionFailed,
        ErrorCode.NotDifferentiable,
        ErrorCode.UnsupportedDtype,
        ErrorCode.InvalidDevice,
    ];

    public static readonly OperationDoc Create = new(
        "createBatch",
        Tag,
        "Make a batch",
        "Runs a function over files below the folders that the setting `Batches:Roots` names (docs/batches.md has the manifest). "
            + "Everything that can be known is checked first; then it is worked on in the background, by every instance of the service."
    )
    {
        Bodies = [new("application/json", "BatchRequest", ("files", "A loss for each pair of files", Example))],
        Answers =
        [
            new(202, "It is stored, and will be worked on; Location names it.", "Batch"),
            new(
                200,
                "With `check`: what would be made. With `reuse`: the unfinished batch of the same manifest; Location names it.",
                "BatchOrPlan"
            ),
        ],
        Errors = [.. OfManifest, ErrorCode.UnsupportedMediaType],
    };

    public static readonly OperationDoc List = new(
        "listBatches",
        Tag,
        "List batches",
        "The latest first, with how many of their chunks are where."
    )
    {
        Parameters = [new("limit", false, "integer", "How many, 1 to 1000; 100 where it is left out.", "100")],
        Answers = [new(200, "The batches.", "BatchList")],
        Errors = [ErrorCode.Forbidden, ErrorCode.MalformedRequest, ErrorCode.RegistryUnavailable, ErrorCode.NotReady],
    };

    public static readonly OperationDoc Schema = new(
        "getBatchSchema",
        Tag,
        "The schema of manifests",
        "A JSON schema (draft 7) for editors; docs/batches.md says what the fields mean."
    )
    {
        Answers = [new(200, "The schema.") { Bytes = ["application/schema+json"] }],
    };

    public static readonly OperationDoc Get = new(
        "getBatch",
        Tag,
        "Describe a batch",
        "Where it is, and its chunks are."
    )
    {
        Parameters = [Id],
        Answers = [new(200, "The batch.", "Batch")],
        Errors = Usual,
    };

    public static readonly OperationDoc Chunks = new(
        "listChunks",
        Tag,
        "List a batch's chunks",
        "At most 1000, in order; those in one state, such as `discarded`, with why."
    )
    {
        Parameters =
        [
            Id,
            new("state", false, "string", "available, running, completed, retryable or discarded.", "discarded"),
        ],
        Answers = [new(200, "The chunks.", "ChunkList")],
        Errors = [.. Usual, ErrorCode.MalformedRequest],
    };

    public static readonly OperationDoc Events = new(
        "watchBatch",
        Tag,
        "Watch a batch",
        "Server-sent events: `event: state` with the batch as JSON whenever something has changed, until it ends."
    )
    {
        Parameters = [Id],
        Answers = [new(200, "The events.") { Bytes = ["text/event-stream"] }],
        Errors = Usual,
    };

    public static readonly OperationDoc Cancel = new(
        "cancelBatch",
        Tag,
        "Stop a batch",
        "In all processes; what is complete stays, and it can be resumed."
    )
    {
        Parameters = [Id],
        Answers = [new(200, "It is stopped.", "Batch")],
        Errors = [.. Usual, ErrorCode.Conflict],
    };

    public static readonly OperationDoc Resume = new(
        "resumeBatch",
        Tag,
        "Resume a batch",
        "One that failed or was stopped; discarded chunks are tried again. Inputs that have changed meanwhile are a conflict "
            + "that lists them, unless they are accepted: then their chunks are computed again."
    )
    {
        Parameters = [Id],
        Bodies = [new("application/json", "ResumeRequest", ("plain", "Where no input has changed", "{}"))],
        Answers = [new(202, "It is worked on.", "Batch")],
        Errors =
        [
            .. Usual,
            ErrorCode.MalformedRequest,
            ErrorCode.Conflict,
            ErrorCode.PayloadTooLarge,
            ErrorCode.UnsupportedMediaType,
            ErrorCode.VersionNotFound,
        ],
    };

    public static readonly OperationDoc Delete = new(
        "deleteBatch",
        Tag,
        "Forget a batch",
        "One that does not run. Its outputs stay."
    )
    {
        Parameters = [Id],
        Answers = [new(204, "It is forgotten.")],
        Errors = [.. Usual, ErrorCode.Conflict],
    };
}
