using Torch2Jax.Errors;

namespace Torch2Jax.WebApi.Problems;

/// <summary>The one table from error codes, and from bare statuses of the pipeline, to what a caller sees.</summary>
internal static class ErrorTable
{
    private static readonly Dictionary<ErrorCode, ErrorForm> ByCode = new()
    {
        [ErrorCode.MalformedRequest] = new(400, "malformed_request", "The request cannot be read"),
        [ErrorCode.Unauthenticated] = new(401, "unauthenticated", "A valid API key is needed"),
        [ErrorCode.Forbidden] = new(403, "forbidden", "This is not allowed"),
        [ErrorCode.FunctionNotFound] = new(404, "function_not_found", "No such function"),
        [ErrorCode.VersionNotFound] = new(404, "version_not_found", "No such version"),
        [ErrorCode.ArrayNotFound] = new(404, "array_not_found", "No such stored array"),
        [ErrorCode.PreconditionFailed] = new(
            412,
            "precondition_failed",
            "What the request takes for granted does not hold"
        ),
        [ErrorCode.Conflict] = new(409, "conflict", "The state of the resource does not allow this now"),
        [ErrorCode.PayloadTooLarge] = new(413, "payload_too_large", "Something in the request is over its limit"),
        [ErrorCode.UnsupportedMediaType] = new(415, "unsupported_media_type", "The media type is not understood"),
        [ErrorCode.InvalidSource] = new(422, "invalid_source", "The function does not compile"),
        [ErrorCode.ForbiddenOperator] = new(422, "forbidden_operator", "The function reaches outside the computation"),
        [ErrorCode.StructureMismatch] = new(422, "structure_mismatch", "The arguments' structure does not fit"),
        [ErrorCode.UnexpectedKeywordArguments] = new(
            422,
            "unexpected_keyword_arguments",
            "Keyword arguments were not expected"
        ),
        [ErrorCode.OutputShapeMismatch] = new(422, "output_shape_mismatch", "The outputs are not those announced"),
        [ErrorCode.UnsupportedDtype] = new(422, "unsupported_dtype", "This libtorch has no such dtype"),
        [ErrorCode.NotDifferentiable] = new(422, "not_differentiable", "This derivative does not exist"),
        [ErrorCode.InvalidTransform] = new(422, "invalid_transform", "The transform does not fit"),
        [ErrorCode.InvalidSharding] = new(422, "invalid_sharding", "Mesh, specs and arrays do not fit together"),
        [ErrorCode.DataDependentShape] = new(422, "data_dependent_shape", "The shapes depend on data"),
        [ErrorCode.ExecutionFailed] = new(422, "execution_failed", "The function raised"),
        [ErrorCode.InvalidDevice] = new(422, "invalid_device", "No such device"),
        [ErrorCode.Overloaded] = new(429, "overloaded", "Too much is running; try again later"),
        [ErrorCode.NotReady] = new(503, "not_ready", "The service is starting or stopping"),
        [ErrorCode.RegistryUnavailable] = new(503, "registry_unavailable", "The database is away"),
        [ErrorCode.DeadlineExceeded] = new(504, "deadline_exceeded", "The call did not end in time"),
        [ErrorCode.Internal] = new(500, "internal", "A fault of this service"),
    };

    private static readonly Dictionary<int, (ErrorForm Form, string Detail)> ByStatus = new()
    {
        [400] = (ByCode[ErrorCode.MalformedRequest], "The request is not valid HTTP."),
        [403] = (ByCode[ErrorCode.Forbidden], "The request is not allowed."),
        [404] = (
            new(404, "not_found", "No such resource"),
            "Nothing is served at this address; see /swagger for what is."
        ),
        [405] = (
            new(405, "method_not_allowed", "The method is not allowed here"),
            "This address does not take that method; the Allow header lists those it takes."
        ),
        [408] = (new(408, "request_timeout", "The body did not arrive in time"), "The body came too slowly."),
        [413] = (ByCode[ErrorCode.PayloadTooLarge], "The body is larger than this service takes."),
        [415] = (ByCode[ErrorCode.UnsupportedMediaType], "The Content-Type is not understood here."),
        [500] = (ByCode[ErrorCode.Internal], "The service failed; its log has the cause under the trace id."),
        [503] = (ByCode[ErrorCode.NotReady], "The service is starting or stopping."),
    };

    /// <summary>The form of an engine error.</summary>
    public static ErrorForm For(ErrorCode code) => ByCode[code];

    /// <summary>The form and text of an answer that the pipeline gave without a body.</summary>
    public static (ErrorForm Form, string Detail) ForStatus(int status) =>
        ByStatus.TryGetValue(status, out var known)
            ? known
            : (new ErrorForm(status, $"http_{status}", "The request was refused"), $"The answer's status is {status}.");

    /// <summary>The forms of all engine errors, for documentation and tests.</summary>
    public static IReadOnlyDictionary<ErrorCode, ErrorForm> All => ByCode;
}
