using System.Globalization;
using System.Text.RegularExpressions;

namespace Torch2Jax.WebApi.Tests.Telemetry;

/// <summary>Prometheus' text format, read as strictly as its page describes it.</summary>
internal sealed partial class Exposition
{
    private readonly Dictionary<string, Family> families = [];

    public Exposition(string text)
    {
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        Family? current = null;
        foreach (var line in text[..^1].Split('\n'))
        {
            if (Help().Match(line) is { Success: true } help)
            {
                current = new Family(help.Groups[1].Value);
                Assert.True(families.TryAdd(current.Name, current), $"{current.Name} comes twice");
                Assert.NotEmpty(help.Groups[2].Value);
            }
            else if (Type().Match(line) is { Success: true } type)
            {
                Assert.Equal(current!.Name, type.Groups[1].Value);
                Assert.Null(current.Type);
                current.Type = type.Groups[2].Value;
            }
            else
            {
                var sample = Sample().Match(line);
                Assert.True(sample.Success, $"not a line of the format: {line}");
                Assert.StartsWith(current!.Name, sample.Groups[1].Value, StringComparison.Ordinal);
                Assert.NotNull(current.Type);
                current.Add(sample.Groups[1].Value, sample.Groups[2].Value, sample.Groups[3].Value);
            }
        }

        foreach (var family in families.Values)
        {
            family.Check();
        }
    }

    public IEnumerable<string> Names => families.Keys;

    public Family this[string name] => families[name];

    [GeneratedRegex(@"^# HELP ([a-z_][a-z0-9_]*) (.+)$")]
    private static partial Regex Help();

    [GeneratedRegex(@"^# TYPE ([a-z_][a-z0-9_]*) (counter|gauge|histogram)$")]
    private static partial Regex Type();

    [GeneratedRegex("""^([a-z_][a-z0-9_]*)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (\S+)$""")]
    private static partial Regex Sample();
}

/// <summary>The samples of one name.</summary>
internal sealed class Family(string name)
{
    private readonly List<(string Name, string Labels, double Value)> samples = [];

    public string Name => name;

    public string? Type { get; set; }

    public IEnumerable<(string Name, string Labels, double Value)> Samples => samples;

    public double this[string labels] => samples.Single(one => one.Name == name && one.Labels == labels).Value;

    public void Add(string sample, string labels, string value)
    {
        Assert.DoesNotContain(samples, one => one.Name == sample && one.Labels == labels);
        samples.Add((sample, labels, double.Parse(value, CultureInfo.InvariantCulture)));
    }

    public void Check()
    {
        Assert.Equal(Type == "counter", name.EndsWith("_total", StringComparison.Ordinal));
        if (Type != "histogram")
        {
            Assert.All(samples, one => Assert.Equal(name, one.Name));
            return;
        }

        var buckets = samples.Where(one => one.Name == name + "_bucket");
        foreach (
            var series in buckets.GroupBy(one => one.Labels[..one.Labels.LastIndexOf("le=", StringComparison.Ordinal)])
        )
        {
            var bounds = series.Select(one => Bound(one.Labels)).ToArray();
            Assert.Equal(bounds.Order(), bounds);
            Assert.Equal(double.PositiveInfinity, bounds[^1]);
            var values = series.Select(one => one.Value).ToArray();
            Assert.Equal(values.Order(), values);
            var labels = series.Key.TrimEnd(',');
            Assert.Equal(values[^1], samples.Single(one => one.Name == name + "_count" && one.Labels == labels).Value);
            Assert.True(samples.Single(one => one.Name == name + "_sum" && one.Labels == labels).Value >= 0);
        }
    }

    private static double Bound(string labels)
    {
        var text = labels[(labels.LastIndexOf("le=\"", StringComparison.Ordinal) + 4)..^1];
        return text == "+Inf" ? double.PositiveInfinity : double.Parse(text, CultureInfo.InvariantCulture);
    }
}
