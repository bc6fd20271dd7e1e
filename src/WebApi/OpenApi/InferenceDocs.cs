using Torch2Jax.Errors;

namespace Torch2Jax.WebApi.OpenApi;

/// <summary>Documentation of the Open Inference Protocol v2.</summary>
internal static class InferenceDocs
{
    private const string Tag = "Open Inference Protocol v2";

    private const string Example =
        """{"inputs": [{"name": "logits", "datatype": "FP32", "shape": [2, 3], "data": [0.1, 0.2, 0.7, 1.5, -0.3, 0.4]}, {"name": "labels", "datatype": "INT64", "shape": [2], "data": [2, 0]}]}""";

    private static readonly ParameterDoc Model = new("model", true, "string", "The function's name.", "cross_entropy");
    private static readonly ParameterDoc Version = new("version", true, "string", "The function's version.", "1");

    // Of a body, whatever it holds.
    private static readonly ErrorCode[] Reading =
    [
        ErrorCode.PayloadTooLarge,
        ErrorCode.UnsupportedMediaType,
        ErrorCode.Overloaded,
    ];

    private static readonly ErrorCode[] Known =
    [
        ErrorCode.FunctionNotFound,
        ErrorCode.VersionNotFound,
        ErrorCode.RegistryUnavailable,
    ];

    public static readonly OperationDoc Server = Get("v2Server", "Server metadata", "Name, version and extensions.");

    public static readonly OperationDoc Live = Get("v2Live", "Alive?", "200 as soon as the process answers.");

    public static readonly OperationDoc Ready = Get("v2Ready", "Ready?", "200 when inferences would be answered.");

    public static readonly OperationDoc Models = Get("v2Models", "List models", "The names of registered functions.");

    public static readonly OperationDoc AllStatistics = Get(
        "v2AllStatistics",
        "Statistics of all models",
        "Counts and durations since the start."
    );

    public static readonly OperationDoc Metadata = Get(
        "v2Metadata",
        "Model metadata",
        "Inputs and outputs with datatypes and shapes: of the example, else of the most used call; -1 is a dimension that varies."
    ) with
    {
        Parameters = [Model],
        Errors = Known,
    };

    public static readonly OperationDoc ModelReady = Get(
        "v2ModelReady",
        "Model ready?",
        "200 where the function is registered and compiles."
    ) with
    {
        Parameters = [Model],
        Errors = Known,
    };

    public static readonly OperationDoc Statistics = Get(
        "v2Statistics",
        "Statistics of a model",
        "Counts and durations since the start."
    ) with
    {
        Parameters = [Model],
        Errors = Known,
    };

    public static readonly OperationDoc Infer = new(
        "v2Infer",
        Tag,
        "Infer",
        "Tensor arguments are inputs named by the schema, leaves of trees by key path (`params.w`); outputs are `output0`, "
            + "`output1`, ..., of a dict result by key path. The binary tensor data extension works both ways. A parameter "
            + "`ref.ARGUMENT` of the request names a stored array in the place of inputs."
    )
    {
        Parameters = [Model],
        Bodies =
        [
            new("application/json", "InferenceRequest", ("crossEntropy", "Cross entropy (register it first)", Example)),
            new("application/octet-stream", null),
        ],
        Answers = [new(200, "The outputs.", "InferenceResponse") { Bytes = ["application/octet-stream"] }],
        Errors =
        [
            .. Known,
            ErrorCode.ArrayNotFound,
            ErrorCode.Conflict,
            ErrorCode.StructureMismatch,
            ErrorCode.UnsupportedDtype,
            ErrorCode.ExecutionFailed,
            .. Reading,
            ErrorCode.DeadlineExceeded,
        ],
    };

    public static readonly OperationDoc Index = new(
        "v2Index",
        Tag,
        "List the repository",
        "Every function with its latest version; READY where it is compiled now. The body may be empty."
    )
    {
        Bodies =
        [
            new(
                "application/json",
                "IndexRequest",
                ("all", "All", "{}"),
                ("ready", "Compiled ones", """{"ready": true}""")
            ),
        ],
        Answers = [new(200, "The index.", "Index")],
        Errors = [.. Reading, ErrorCode.RegistryUnavailable],
    };

    public static readonly OperationDoc Load = new(
        "v2Load",
        Tag,
        "Load a model",
        "Compiles the function now and warms it up."
    )
    {
        Parameters = [Model],
        Answers = [new(200, "It is compiled.")],
        Errors = [.. Known, .. Reading],
    };

    public static readonly OperationDoc Unload = new(
        "v2Unload",
        Tag,
        "Unload a model",
        "Frees what is compiled; the function stays registered and is compiled again at its next use."
    )
    {
        Parameters = [Model],
        Answers = [new(200, "Nothing of it is compiled.")],
        Errors = [.. Known, .. Reading],
    };

    /// <summary>The same operation at the address with a version.</summary>
    public static OperationDoc Named(this OperationDoc doc, string suffix) =>
        suffix.Length == 0 ? doc : doc with { Id = doc.Id + suffix, Parameters = [.. doc.Parameters, Version] };

    private static OperationDoc Get(string id, string summary, string description) =>
        new(id, Tag, summary, description) { Answers = [new(200, "The answer.", "Object")] };
}
