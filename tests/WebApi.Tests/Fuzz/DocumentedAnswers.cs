using System.Text.Json;
using System.Text.RegularExpressions;
using Torch2Jax.WebApi.Tests.Support;

namespace Torch2Jax.WebApi.Tests.Fuzz;

/// <summary>What the OpenAPI document says that an operation may answer, and whether an answer is that.</summary>
internal sealed partial class DocumentedAnswers
{
    // Places of this machine, of the sources and of the database: no caller needs to know them.
    private static readonly string[] Internals =
    [
        "/root/",
        "/home/",
        "/usr/",
        "/tmp/",
        "/build/",
        ".cs:",
        ".cpp:",
        ".h:",
        "   at ",
        "System.",
        "Npgsql",
        "SELECT ",
        "INSERT ",
        "Exception",
        "0x7f",
    ];

    private static readonly int[] OfHttpItself = [400, 408, 411, 413, 414, 417, 431, 501, 505];

    private readonly List<Operation> operations = [];

    public DocumentedAnswers(JsonElement document)
    {
        foreach (var path in document.GetProperty("paths").EnumerateObject())
        {
            var parts = Parameter().Split(path.Name).Select(Regex.Escape);
            var pattern = new Regex($"^{string.Join("[^/]+", parts)}$");
            foreach (var operation in path.Value.EnumerateObject())
            {
                operations.Add(
                    new Operation(operation.Name.ToUpperInvariant(), pattern, operation.Value.GetProperty("responses"))
                );
            }
        }
    }

    /// <summary>What is wrong about the answer; null for nothing.</summary>
    public string? Check(FuzzRequest request, WireAnswer? answer)
    {
        if (answer is null)
        {
            return request.MayBreakHttp ? null : "no answer";
        }

        if (answer.Body.Length == 0 && OfHttpItself.Contains(answer.Status))
        {
            // The server beneath the service refused what is not HTTP.
            return request.MayBreakHttp || request.Done.Contains("path") || request.Done.Contains("query")
                ? null
                : "bare";
        }

        var path = new Uri("http://host" + request.Target.Split('?')[0]).AbsolutePath.TrimEnd('/');
        var operation = operations.Find(known => known.Method == request.Method && known.Path.IsMatch(path));
        if (answer.Status >= 400 && request.Method != "HEAD")
        {
            return CheckError(path, operation, answer);
        }

        return operation is null || answer.Status == 200 && !operation.Answers.TryGetProperty("200", out _) ? null
            : !operation.Answers.TryGetProperty($"{answer.Status}", out var documented)
                ? "this status is not documented"
            : documented.TryGetProperty("content", out var content) ? CheckContent(content, answer)
            : null;
    }

    private static string? CheckContent(JsonElement content, WireAnswer answer)
    {
        var type = MediaType(answer);
        if (!content.TryGetProperty(type, out _))
        {
            return $"the type {type} is not documented";
        }

        return type != "application/json" || answer.Headers.ContainsKey("Content-Encoding") || IsJson(answer.Body)
            ? null
            : "the body is not JSON";
    }

    private static string? CheckError(string path, Operation? operation, WireAnswer answer)
    {
        if (Internals.FirstOrDefault(text => answer.Text.Contains(text, StringComparison.Ordinal)) is { } leak)
        {
            return $"the text holds '{leak}'";
        }

        if (answer.Status == 500)
        {
            return "a fault of the service";
        }

        if (!IsJson(answer.Body))
        {
            return "the error is not JSON";
        }

        var body = JsonDocument.Parse(answer.Body).RootElement;
        if (path.StartsWith("/v2/", StringComparison.Ordinal) || path == "/v2")
        {
            return MediaType(answer) != "application/json" ? "not application/json"
                : body.EnumerateObject().Count() != 1 || body.GetProperty("error").GetString() is not { Length: > 0 }
                    ? "not the protocol's error"
                : answer.Status is 404 or 405
                || operation is null
                || operation.Answers.TryGetProperty($"{answer.Status}", out _)
                    ? null
                : "this status is not documented";
        }

        if (MediaType(answer) != "application/problem+json" || body.GetProperty("status").GetInt32() != answer.Status)
        {
            return "not problem details";
        }

        var code = body.GetProperty("code").GetString()!;
        return code is "not_found" or "method_not_allowed" ? null
            : operation is null
                ? (
                    code is "forbidden" or "malformed_request" or "unsupported_media_type"
                        ? null
                        : "an error of no operation"
                )
            : !operation.Answers.TryGetProperty($"{answer.Status}", out var documented)
                ? "this status is not documented"
            : Codes()
                .Matches(documented.GetProperty("description").GetString()!)
                .Any(match => match.Groups[1].Value == code)
                ? null
            : $"the code {code} is not documented";
    }

    private static bool IsJson(byte[] body)
    {
        try
        {
            JsonDocument.Parse(body).Dispose();
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string MediaType(WireAnswer answer) =>
        answer.Headers.TryGetValue("Content-Type", out var type) ? type.Split(';')[0] : "(none)";

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Parameter();

    [GeneratedRegex("`([a-z_]+)`:")]
    private static partial Regex Codes();

    private sealed record Operation(string Method, Regex Path, JsonElement Answers);
}
