using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Torch2Jax.Tool.Reports;

/// <summary>Writes errors and warnings in the form that was asked for.</summary>
internal sealed class Reporter(TextWriter to, string form)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public void Write(Report report) =>
        to.WriteLine(
            form switch
            {
                "json" => JsonSerializer.Serialize(report, Json),
                "msbuild" => Canonical(report),
                _ => $"{report.Severity} {report.Code}: {Place(report)}{report.Message}",
            }
        );

    public void Warn(string code, IEnumerable<string> messages, string? file = null)
    {
        foreach (var message in messages)
        {
            Write(Report.Warning(code, message) with { File = file });
        }
    }

    // One line, for whoever reads it reads line by line.
    private static string Canonical(Report report)
    {
        var origin =
            report.File is null ? "torch2jax"
            : report.Line == 0 ? report.File
            : report.Column == 0 ? $"{report.File}({report.Line})"
            : $"{report.File}({report.Line},{report.Column})";
        var text = string.Join(" | ", report.Message.Split('\n').Select(line => line.Trim()).Where(line => line != ""));
        return $"{origin}: {report.Severity} T2J_{report.Code}: {text}";
    }

    private static string Place(Report report) =>
        (report.File, report.Line) switch
        {
            (null, _) => "",
            ({ } file, 0) => $"{file}: ",
            ({ } file, { } line) => $"{file}:{line}: ",
        };
}
