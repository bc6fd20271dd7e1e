using System.CommandLine;
using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Functions;
using Torch2Jax.Sharding;
using Torch2Jax.Transforms;
using Torch2Jax.Trees;

namespace Torch2Jax.Tool.Values;

/// <summary>What invoke and eval-shape take: the function, its arguments, and how it is called.</summary>
internal sealed class CallOptions
{
    private readonly Argument<string> function = new("function") { Description = "name, or name@version." };

    private readonly Argument<string[]> arguments = new("arguments")
    {
        Description =
            "Arguments in order: @file, @file#entry, float32:[1,2,3], ref:name, or JSON as the REST API has it.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<string[]> keywords = new("--keyword")
    {
        Description = "A keyword argument, name=value; may be given several times.",
        DefaultValueFactory = _ => [],
    };

    private readonly Option<string?> transforms = new("--transforms")
    {
        Description = "Transforms in order as JSON: [\"grad\"], [{\"vmap\":{\"inAxes\":[0,null]}}].",
    };

    private readonly Option<string?> sharding = new("--sharding") { Description = "Mesh and specs as JSON." };

    private readonly Option<string?> outputShapes = new("--output-shapes")
    {
        Description = "The outputs' tree of shapes as JSON; binds this call.",
    };

    private readonly Option<string?> device = new("--device") { Description = "cpu, cuda:0 ...; default cpu." };

    private readonly Option<long?> seed = new("--seed") { Description = "Seed of random operators." };

    private readonly Option<double?> timeout = new("--timeout") { Description = "Seconds that the call may take." };

    public void AddTo(Command command)
    {
        command.Add(function);
        command.Add(arguments);
        foreach (var option in new Option[] { keywords, transforms, sharding, outputShapes, device, seed, timeout })
        {
            command.Add(option);
        }
    }

    public string Function(ParseResult parsed) => parsed.GetValue(function)!;

    /// <summary>The call; it owns the arrays that were read.</summary>
    public Invocation Read(ParseResult parsed) =>
        new(
            [.. (parsed.GetValue(arguments) ?? []).Select((text, i) => ArgumentText.Read(text, $"args[{i}]"))],
            Keywords(parsed.GetValue(keywords)!),
            Json(parsed, transforms) is { } list ? TransformReader.Read(list) : null,
            Json(parsed, outputShapes) is { } shapes ? OutputShapesReader.Read(shapes, "outputShapes") : null,
            Json(parsed, sharding) is { } spec ? ShardingReader.Read(spec) : null,
            parsed.GetValue(device),
            parsed.GetValue(seed),
            parsed.GetValue(timeout) is { } seconds ? Time(seconds) : null
        );

    private static TimeSpan Time(double seconds) =>
        seconds is > 0 and < 1e6
            ? TimeSpan.FromSeconds(seconds)
            : throw new ToolException("usage", "--timeout is a number of seconds above 0.");

    private static JsonElement? Json(ParseResult parsed, Option<string?> option) =>
        parsed.GetValue(option) is { } text ? ArgumentText.Json(text, option.Name) : null;

    private static Dictionary<string, PyTree<IArgumentLeaf>>? Keywords(string[] given)
    {
        var read = new Dictionary<string, PyTree<IArgumentLeaf>>(StringComparer.Ordinal);
        foreach (var text in given)
        {
            if (text.Split('=', 2) is not [{ Length: > 0 } name, var value])
            {
                throw new ToolException("usage", $"A keyword argument is name=value; '{text}' is not.");
            }

            if (!read.TryAdd(name, ArgumentText.Read(value, $"kwargs.{name}")))
            {
                throw new ToolException("usage", $"The keyword argument '{name}' is given twice.");
            }
        }

        return read.Count > 0 ? read : null;
    }
}
