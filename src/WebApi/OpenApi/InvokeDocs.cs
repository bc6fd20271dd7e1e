using Torch2Jax.Errors;

namespace Torch2Jax.WebApi.OpenApi;

/// <summary>Documentation of invoke and eval-shape.</summary>
internal static class InvokeDocs
{
    private const string Tag = "Calling";

    private const string Shapes =
        """{"args": [{"dtype": "float32", "shape": [10, 5]}, {"dtype": "int64", "shape": [10]}]}""";

    private static readonly ErrorCode[] Calling =
    [
        ErrorCode.FunctionNotFound,
        ErrorCode.VersionNotFound,
        ErrorCode.ArrayNotFound,
        ErrorCode.Conflict,
        ErrorCode.StructureMismatch,
        ErrorCode.UnexpectedKeywordArguments,
        ErrorCode.OutputShapeMismatch,
        ErrorCode.UnsupportedDtype,
        ErrorCode.NotDifferentiable,
        ErrorCode.InvalidTransform,
        ErrorCode.InvalidSharding,
        ErrorCode.InvalidDevice,
        ErrorCode.DataDependentShape,
        ErrorCode.ExecutionFailed,
        ErrorCode.PayloadTooLarge,
        ErrorCode.UnsupportedMediaType,
        ErrorCode.Overloaded,
        ErrorCode.RegistryUnavailable,
        ErrorCode.DeadlineExceeded,
    ];

    public static readonly OperationDoc Invoke = new(
        "invoke",
        Tag,
        "Call a function",
        "Runs the function on arrays and answers with its outputs' tree. `transforms` wrap it as JAX does; `cache` tells "
            + "whether the output shapes were known. Arrays may come as files as well (npy: the first argument; npz and "
            + "safetensors: by argument name; octet-stream: raw bytes with `dtype` and `shape`), the other fields then as query "
            + "parameters, and `Accept` chooses one of these types for the answer. `{\"$ref\":\"name\"}` in the place of a tree "
            + "stands for the stored array of that name (PUT /api/arrays/{name}); beside a file `ref.ARGUMENT=name` does."
    )
    {
        Parameters =
        [
            FunctionDocs.Reference,
            new("dtype", false, "string", "Of a body of raw bytes."),
            new("shape", false, "string", "Of a body of raw bytes: 10,5."),
        ],
        Bodies =
        [
            new(
                "application/json",
                "Invocation",
                ("crossEntropy", "Cross entropy (register it first)", Samples.Invoke),
                ("gradient", "Its gradient", Samples.InvokeWith("\"transforms\": [{\"grad\": {\"argnums\": 0}}]")),
                ("base64", "The answer as base64", Samples.InvokeWith("\"encoding\": \"base64\""))
            ),
            new("application/x-npy", null),
            new("application/x-npz", null),
            new("application/x-safetensors", null),
            new("application/octet-stream", null),
        ],
        Answers =
        [
            new(
                200,
                "The outputs.",
                "InvocationResult",
                """{"outputs":{"dtype":"float32","shape":[],"data":[1.4904293]},"treedef":"PyTreeDef(*)","function":"cross_entropy@1","shapeKey":"float32[10, 5], int64[10]","cache":"hit","warnings":[],"elapsedMs":0.02}"""
            )
            {
                Bytes =
                [
                    "application/x-npy",
                    "application/x-npz",
                    "application/x-safetensors",
                    "application/octet-stream",
                ],
            },
        ],
        Errors = Calling,
    };

    public static readonly OperationDoc EvalShape = new(
        "evalShape",
        Tag,
        "Find the output shapes",
        "The outputs' tree of shapes and dtypes, found without reading any argument's value."
    )
    {
        Parameters = [FunctionDocs.Reference],
        Bodies = [new("application/json", "Invocation", ("crossEntropy", "Cross entropy (register it first)", Shapes))],
        Answers =
        [
            new(
                200,
                "The shapes.",
                "InvocationResult",
                """{"outputs":{"dtype":"float32","shape":[]},"treedef":"PyTreeDef(*)","function":"cross_entropy@1","shapeKey":"float32[10, 5], int64[10]","cache":"hit","warnings":[],"elapsedMs":0.02}"""
            ),
        ],
        Errors = Calling,
    };
}
