using Torch2Jax.Errors;

namespace Torch2Jax.WebApi.OpenApi;

/// <summary>Documentation of /api/functions.</summary>
internal static class FunctionDocs
{
    public const string Tag = "Functions";

    public static readonly ParameterDoc Reference = new(
        "name",
        InPath: true,
        "string",
        "The function's name (its latest version), or name@version.",
        "cross_entropy"
    );

    private static readonly ParameterDoc Name = Reference with { Description = "The function's name." };

    private static readonly ErrorCode[] Known =
    [
        ErrorCode.FunctionNotFound,
        ErrorCode.VersionNotFound,
        ErrorCode.RegistryUnavailable,
    ];

    private static readonly ErrorCode[] Registering =
    [
        ErrorCode.ArrayNotFound,
        ErrorCode.Conflict,
        ErrorCode.InvalidSource,
        ErrorCode.ForbiddenOperator,
        ErrorCode.StructureMismatch,
        ErrorCode.UnexpectedKeywordArguments,
        ErrorCode.OutputShapeMismatch,
        ErrorCode.UnsupportedDtype,
        ErrorCode.InvalidTransform,
        ErrorCode.ExecutionFailed,
        ErrorCode.PayloadTooLarge,
        ErrorCode.UnsupportedMediaType,
        ErrorCode.Overloaded,
        ErrorCode.RegistryUnavailable,
    ];

    private static readonly AnswerDoc[] Registered =
    [
        new(201, "A new version was stored; Location names it.", "Function"),
        new(200, "The latest version has the same content.", "Function"),
    ];

    public static readonly OperationDoc Register = new(
        "registerFunction",
        Tag,
        "Register a function",
        "Compiles TorchScript source and stores it as a new version, or answers with the latest version where its content "
            + "is the same. With `exampleArgs` the output shapes are inferred and later calls must have their structure."
    )
    {
        Bodies = [new("application/json", "Registration", ("crossEntropy", "Cross entropy", Samples.Register))],
        Answers = Registered,
        Errors = Registering,
    };

    public static readonly OperationDoc Archive = new(
        "registerArchive",
        Tag,
        "Register a TorchScript archive",
        "Stores a module saved by torch.jit.save. With `functional=true` the first argument is the dict of the module's "
            + "parameters and buffers, and they can be differentiated."
    )
    {
        Parameters =
        [
            Name with
            {
                Example = "digits_mlp",
            },
            new("entry", false, "string", "The module's method; default forward."),
            new("functional", false, "boolean", "Whether parameters and buffers become the first argument."),
            new("exampleArgs", false, "string", "JSON, as in the registration of a source."),
            new("exampleKwargs", false, "string", "JSON, as in the registration of a source."),
            new("outputShapes", false, "string", "JSON, as in the registration of a source."),
            new("vmapMethod", false, "string", "sequential, expand_dims, broadcast_all or vectorized."),
            new("nondiffArgnums", false, "string", "JSON, as in the registration of a source."),
            new("nondiffMask", false, "string", "JSON, as in the registration of a source."),
            new("isolation", false, "string", "none or process: where it runs."),
            new("description", false, "string", "The author's words."),
        ],
        Bodies = [new("application/octet-stream", null), new("multipart/form-data", null)],
        Answers = Registered,
        Errors = Registering,
    };

    public static readonly OperationDoc Release = new(
        "releaseFunction",
        Tag,
        "Release a function from quarantine",
        "A function that ended several worker processes in a short time is not called any more, and answers 409. This lets "
            + "it be called again: one version, or all of a name. Nothing happens where it is in no quarantine. Each "
            + "instance of the service has its own."
    )
    {
        Parameters = [Reference],
        Answers = [new(204, "It is called again.")],
        Errors = Known,
    };

    public static readonly ParameterDoc Prefix = new("prefix", false, "string", "Only names that begin with it.");

    public static readonly OperationDoc List = new(
        "listFunctions",
        Tag,
        "List functions",
        "Latest versions in the order of their names, a page at a time."
    )
    {
        Parameters =
        [
            Prefix,
            new("limit", false, "integer", "Functions a page, 1 to 1000; default 100."),
            new("cursor", false, "string", "nextCursor of the page before."),
        ],
        Answers = [new(200, "A page; nextCursor is null on the last.", "FunctionList")],
        Errors = [ErrorCode.RegistryUnavailable],
    };

    public static readonly OperationDoc Get = new(
        "getFunction",
        Tag,
        "Describe a function",
        "Signature, example structure, output shapes and hash of the latest version, or of the one named."
    )
    {
        Parameters = [Reference],
        Answers = [new(200, "The version.", "Function")],
        Errors = Known,
    };

    public static readonly OperationDoc Versions = new(
        "listVersions",
        Tag,
        "List a function's versions",
        "All versions, oldest first. Numbers are never used twice."
    )
    {
        Parameters = [Name],
        Answers = [new(200, "The versions.", "VersionList")],
        Errors = Known,
    };

    public static readonly OperationDoc Source = new(
        "getSource",
        Tag,
        "Read a function's source",
        "The source as it was registered; of an archive its bytes, as application/octet-stream."
    )
    {
        Parameters = [Reference],
        Answers = [new(200, "The source.", "Source")],
        Errors = Known,
    };

    public static readonly OperationDoc Delete = new(
        "deleteFunction",
        Tag,
        "Delete a function",
        "Deletes all its versions and its shape cache."
    )
    {
        Parameters = [Name],
        Answers = [new(204, "It is gone.")],
        Errors = [ErrorCode.FunctionNotFound, ErrorCode.Conflict, ErrorCode.RegistryUnavailable],
    };
}
