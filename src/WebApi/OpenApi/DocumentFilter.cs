using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;
using Torch2Jax.Errors;
using Torch2Jax.WebApi.Problems;

namespace Torch2Jax.WebApi.OpenApi;

/// <summary>Writes every documented endpoint into the document.</summary>
internal sealed class DocumentFilter(EndpointDataSource endpoints) : IDocumentFilter
{
    // What any operation may answer with.
    private static readonly ErrorCode[] Common =
    [
        ErrorCode.MalformedRequest,
        ErrorCode.Forbidden,
        ErrorCode.NotReady,
        ErrorCode.Internal,
    ];

    public void Apply(OpenApiDocument swaggerDoc, DocumentFilterContext context)
    {
        AddSchemas(swaggerDoc);
        ErrorExamples.AddTo(swaggerDoc);
        swaggerDoc.Paths = [];
        var documented = endpoints
            .Endpoints.OfType<RouteEndpoint>()
            .Select(endpoint => (Endpoint: endpoint, Doc: endpoint.Metadata.GetMetadata<OperationDoc>()))
            .Where(pair => pair.Doc is not null);
        DocumentSecurity.AddSchemes(swaggerDoc);
        foreach (var (endpoint, doc) in documented)
        {
            var path = endpoint.RoutePattern.RawText!;
            if (!swaggerDoc.Paths.TryGetValue(path, out var item))
            {
                swaggerDoc.Paths[path] = item = new OpenApiPathItem();
            }

            var method = endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods[0];
            ((OpenApiPathItem)item).AddOperation(
                new HttpMethod(method),
                Operation(DocumentSecurity.WithErrors(doc!, endpoint), endpoint, swaggerDoc)
            );
        }
    }

    private static void AddSchemas(OpenApiDocument document)
    {
        var read = OpenApiDocument.Parse(Samples.Read("schemas.json"), OpenApiConstants.Json);
        document.Components ??= new OpenApiComponents();
        document.Components.Schemas ??= new Dictionary<string, IOpenApiSchema>();
        foreach (var (name, schema) in read.Document!.Components!.Schemas!)
        {
            document.AddComponent(name, schema);
        }
    }

    private static OpenApiOperation Operation(OperationDoc doc, RouteEndpoint endpoint, OpenApiDocument document)
    {
        var operation = new OpenApiOperation
        {
            OperationId = doc.Id,
            Summary = doc.Summary,
            Description = DocumentSecurity.Describe(doc, endpoint),
            Security = DocumentSecurity.Requirements(endpoint, document),
            Tags = new HashSet<OpenApiTagReference> { Tag(doc.Tag, document) },
            Parameters = [.. doc.Parameters.Select(Parameter)],
            Responses = Responses(doc, document),
        };
        if (doc.Bodies.Count > 0)
        {
            operation.RequestBody = new OpenApiRequestBody
            {
                Required = true,
                Content = doc.Bodies.ToDictionary(body => body.MediaType, body => Content(body, document)),
            };
        }

        return operation;
    }

    private static OpenApiTagReference Tag(string name, OpenApiDocument document)
    {
        document.Tags ??= new HashSet<OpenApiTag>();
        if (document.Tags.All(tag => tag.Name != name))
        {
            document.Tags.Add(new OpenApiTag { Name = name });
        }

        return new OpenApiTagReference(name, document);
    }

    private static IOpenApiParameter Parameter(ParameterDoc doc) =>
        new OpenApiParameter
        {
            Name = doc.Name,
            In = doc.InPath ? ParameterLocation.Path : ParameterLocation.Query,
            Required = doc.InPath,
            Description = doc.Description,
            Schema = new OpenApiSchema { Type = Enum.Parse<JsonSchemaType>(doc.Type, ignoreCase: true) },
            Example = doc.Example is null ? null : JsonValue.Create(doc.Example),
        };

    private static OpenApiResponses Responses(OperationDoc doc, OpenApiDocument document)
    {
        var responses = new OpenApiResponses();
        foreach (var answer in doc.Answers)
        {
            responses[$"{answer.Status}"] = new OpenApiResponse
            {
                Description = answer.Description,
                Content = Content(answer, document),
            };
        }

        // Under /v2 errors have the protocol's own form.
        var inference = doc.Id.StartsWith("v2", StringComparison.Ordinal);
        var (mediaType, schema) = inference
            ? ("application/json", "InferenceError")
            : (ProblemWriter.MediaType, "Problem");
        foreach (var errors in doc.Errors.Concat(Common).Distinct().Select(ErrorTable.For).GroupBy(form => form.Status))
        {
            responses[$"{errors.Key}"] = new OpenApiResponse
            {
                Description = string.Join("; ", errors.Select(form => $"`{form.Code}`: {form.Title}")),
                Content = new Dictionary<string, OpenApiMediaType>
                {
                    [mediaType] = new()
                    {
                        Schema = new OpenApiSchemaReference(schema, document),
                        Examples = ErrorExamples.Of(errors, inference, document),
                    },
                },
            };
        }

        return responses;
    }

    private static Dictionary<string, OpenApiMediaType>? Content(AnswerDoc answer, OpenApiDocument document)
    {
        var forms = new Dictionary<string, OpenApiMediaType>();
        if (answer.Schema is not null)
        {
            forms["application/json"] = new()
            {
                Schema = new OpenApiSchemaReference(answer.Schema, document),
                Example = answer.Example is null ? null : JsonNode.Parse(answer.Example),
            };
        }

        foreach (var type in answer.Bytes)
        {
            var format = type.StartsWith("text/", StringComparison.Ordinal) ? null : "binary";
            forms[type] = new()
            {
                Schema = new OpenApiSchema { Type = JsonSchemaType.String, Format = format },
            };
        }

        return forms.Count > 0 ? forms : null;
    }

    private static OpenApiMediaType Content(BodyDoc body, OpenApiDocument document)
    {
        if (body.Schema is null)
        {
            var bytes = new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary" };
            return new OpenApiMediaType
            {
                Schema = body.MediaType.StartsWith("multipart/", StringComparison.Ordinal)
                    ? new OpenApiSchema
                    {
                        Type = JsonSchemaType.Object,
                        Properties = new Dictionary<string, IOpenApiSchema> { ["file"] = bytes },
                    }
                    : bytes,
            };
        }

        return new OpenApiMediaType
        {
            Schema = new OpenApiSchemaReference(body.Schema, document),
            Examples = body.Examples.ToDictionary(
                example => example.Name,
                IOpenApiExample (example) =>
                    new OpenApiExample { Summary = example.Title, Value = JsonNode.Parse(example.Json) }
            ),
        };
    }
}
