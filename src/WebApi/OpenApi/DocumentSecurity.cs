using Microsoft.AspNetCore.Routing;
using Microsoft.OpenApi;
using Torch2Jax.Errors;
using Torch2Jax.Registry.Keys;
using Torch2Jax.WebApi.Security;

namespace Torch2Jax.WebApi.OpenApi;

/// <summary>What the document says of keys: the two ways to send one, and each operation's role.</summary>
internal static class DocumentSecurity
{
    private const string Bearer = "bearer";
    private const string Header = "apiKey";

    public static void AddSchemes(OpenApiDocument document)
    {
        document.AddComponent<IOpenApiSecurityScheme>(
            Bearer,
            new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                Description = "An API key, as Authorization: Bearer KEY. A service without keys asks for none.",
            }
        );
        document.AddComponent<IOpenApiSecurityScheme>(
            Header,
            new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.ApiKey,
                In = ParameterLocation.Header,
                Name = PresentedKey.Header,
                Description = "The same key, as X-Api-Key: KEY.",
            }
        );
    }

    /// <summary>Either of them; none where anybody may.</summary>
    public static IList<OpenApiSecurityRequirement>? Requirements(Endpoint endpoint, OpenApiDocument document) =>
        AccessTable.Of(endpoint) == AccessTable.Anyone
            ? null
            :
            [
                new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Bearer, document)] = [] },
                new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Header, document)] = [] },
            ];

    public static string Describe(OperationDoc doc, Endpoint endpoint) =>
        AccessTable.Of(endpoint) is var role && role == AccessTable.Anyone
            ? $"{doc.Description}\n\nNeeds no key."
            : $"{doc.Description}\n\nRole, once there are keys: `{role.Name()}`.";

    /// <summary>The operation with the errors that a key can bring.</summary>
    public static OperationDoc WithErrors(OperationDoc doc, Endpoint endpoint) =>
        AccessTable.Of(endpoint) == AccessTable.Anyone
            ? doc
            : doc with
            {
                Errors = [.. doc.Errors, ErrorCode.Unauthenticated, ErrorCode.Overloaded],
            };
}
