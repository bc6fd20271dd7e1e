using System.Globalization;
using System.Text;

namespace Torch2Jax.WebApi.Metrics;

/// <summary>Prometheus' text format, version 0.0.4.</summary>
internal sealed class PrometheusText
{
    public const string MediaType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder text = new();

    public void Family(string name, string type, string help)
    {
        text.Append("# HELP ").Append(name).Append(' ').Append(help).Append('\n');
        text.Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
    }

    public void Sample(string name, double value, params ReadOnlySpan<KeyValuePair<string, object?>> labels)
    {
        text.Append(name);
        for (var i = 0; i < labels.Length; i++)
        {
            text.Append(i == 0 ? '{' : ',').Append(labels[i].Key).Append("=\"");
            Escaped((string)labels[i].Value!);
            text.Append('"');
        }

        text.Append(labels.Length > 0 ? "} " : " ")
            .Append(value.ToString("R", CultureInfo.InvariantCulture))
            .Append('\n');
    }

    public override string ToString() => text.ToString();

    private void Escaped(string value)
    {
        foreach (var character in value)
        {
            _ = character switch
            {
                '\\' => text.Append("\\\\"),
                '"' => text.Append("\\\""),
                '\n' => text.Append("\\n"),
                _ => text.Append(character),
            };
        }
    }
}
