namespace Torch2Jax.Errors;

/// <summary>The stable codes of what can go wrong; each has an anchor in docs/errors.md and one HTTP status.</summary>
public enum ErrorCode
{
    /// <summary>The request cannot be read: wrong JSON, unknown dtype, data of the wrong length, a bad name.</summary>
    MalformedRequest,

    /// <summary>No API key, or one that is not known.</summary>
    Unauthenticated,

    /// <summary>The key's role does not allow it.</summary>
    Forbidden,

    /// <summary>No function of that name is registered.</summary>
    FunctionNotFound,

    /// <summary>The function has no such version.</summary>
    VersionNotFound,

    /// <summary>The state of the resource does not allow it now.</summary>
    Conflict,

    /// <summary>A body, array, tree or source is over its limit.</summary>
    PayloadTooLarge,

    /// <summary>The body's media type is not understood.</summary>
    UnsupportedMediaType,

    /// <summary>The source does not compile, or the archive cannot be loaded.</summary>
    InvalidSource,

    /// <summary>The function uses an operator that reaches outside the computation.</summary>
    ForbiddenOperator,

    /// <summary>The arguments' trees do not fit the function.</summary>
    StructureMismatch,

    /// <summary>Keyword arguments were given to a function that takes none, or unknown ones.</summary>
    UnexpectedKeywordArguments,

    /// <summary>The outputs are not those that <c>outputShapes</c> named.</summary>
    OutputShapeMismatch,

    /// <summary>The linked libtorch has no such dtype.</summary>
    UnsupportedDtype,

    /// <summary>The derivative asked for does not exist.</summary>
    NotDifferentiable,

    /// <summary>A transform's arguments are wrong.</summary>
    InvalidTransform,

    /// <summary>Mesh, specs and arrays do not fit together.</summary>
    InvalidSharding,

    /// <summary>Shapes depend on data, and no data was given.</summary>
    DataDependentShape,

    /// <summary>The function raised.</summary>
    ExecutionFailed,

    /// <summary>Too much is running; try again later.</summary>
    Overloaded,

    /// <summary>The service is starting or stopping.</summary>
    NotReady,

    /// <summary>The database is away, and the request needs it.</summary>
    RegistryUnavailable,

    /// <summary>The call did not end in time.</summary>
    DeadlineExceeded,

    /// <summary>No device of that name is on this machine.</summary>
    InvalidDevice,

    /// <summary>A fault of this software.</summary>
    Internal,

    /// <summary>No array of that name is stored.</summary>
    ArrayNotFound,

    /// <summary>What the request takes for granted (If-Match, If-None-Match) does not hold.</summary>
    PreconditionFailed,
}
