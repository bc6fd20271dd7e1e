using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using Torch2Jax.WebApi.Problems;

namespace Torch2Jax.WebApi.OpenApi;

/// <summary>One example of each error, written once and referred to by every operation that may answer with it.</summary>
internal static class ErrorExamples
{
    private const string TraceId = "0af7651916cd43dd8448eb211c80319c";

    /// <summary>Puts the examples into the document's components, in both forms.</summary>
    public static void AddTo(OpenApiDocument document)
    {
        foreach (var form in ErrorTable.All.Values.DistinctBy(form => form.Code).OrderBy(form => form.Code))
        {
            document.AddComponent(Name(form, inference: false), Example(form, Problem(form)));
            document.AddComponent(
                Name(form, inference: true),
                Example(form, new JsonObject { ["error"] = form.Title + "." })
            );
        }
    }

    /// <summary>The examples of the errors that share a status.</summary>
    public static Dictionary<string, IOpenApiExample> Of(
        IEnumerable<ErrorForm> forms,
        bool inference,
        OpenApiDocument document
    ) =>
        forms.ToDictionary(
            form => form.Code,
            IOpenApiExample (form) => new OpenApiExampleReference(Name(form, inference), document)
        );

    private static string Name(ErrorForm form, bool inference) => inference ? $"v2.{form.Code}" : form.Code;

    private static OpenApiExample Example(ErrorForm form, JsonNode value) =>
        new() { Summary = form.Code, Value = value };

    private static JsonObject Problem(ErrorForm form) =>
        new()
        {
            ["type"] = ProblemWriter.TypePrefix + form.Code,
            ["title"] = form.Title,
            ["status"] = form.Status,
            ["detail"] = "What came, what was expected, and what to do.",
            ["code"] = form.Code,
            ["traceId"] = TraceId,
        };
}
