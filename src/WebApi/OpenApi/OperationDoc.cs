using Torch2Jax.Errors;

namespace Torch2Jax.WebApi.OpenApi;

/// <summary>What the OpenAPI document says of one operation; attached to its endpoint as metadata.</summary>
/// <param name="Id">The operation id.</param>
/// <param name="Tag">The group in Swagger UI.</param>
/// <param name="Summary">One line.</param>
/// <param name="Description">More of it, in Markdown.</param>
internal sealed record OperationDoc(string Id, string Tag, string Summary, string Description)
{
    public IReadOnlyList<ParameterDoc> Parameters { get; init; } = [];

    public IReadOnlyList<BodyDoc> Bodies { get; init; } = [];

    public IReadOnlyList<AnswerDoc> Answers { get; init; } = [];

    /// <summary>The errors it may answer with, beside those that any operation may.</summary>
    public IReadOnlyList<ErrorCode> Errors { get; init; } = [];
}

/// <summary>A parameter in the path or the query.</summary>
internal sealed record ParameterDoc(string Name, bool InPath, string Type, string Description, string? Example = null);

/// <summary>A form of the request's body.</summary>
/// <param name="MediaType">Its media type.</param>
/// <param name="Schema">The name of its schema; null for bytes.</param>
/// <param name="Examples">Bodies that can be sent unchanged: title and JSON.</param>
internal sealed record BodyDoc(
    string MediaType,
    string? Schema,
    params (string Name, string Title, string Json)[] Examples
);

/// <summary>A good answer.</summary>
internal sealed record AnswerDoc(int Status, string Description, string? Schema = null, string? Example = null)
{
    /// <summary>Media types of text or bytes: what it is where there is no schema, else what the caller may ask for instead.</summary>
    public IReadOnlyList<string> Bytes { get; init; } = [];
}
