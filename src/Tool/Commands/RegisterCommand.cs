using System.CommandLine;
using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Functions;
using Torch2Jax.Tool.Values;
using Torch2Jax.Transforms;
using Torch2Jax.Trees;

namespace Torch2Jax.Tool.Commands;

/// <summary>torch2jax register</summary>
internal static class RegisterCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("name") { Description = "The function's name." };
        var file = new Argument<string>("file") { Description = "TorchScript source, or an archive (.pt)." };
        var entry = new Option<string?>("--entry")
        {
            Description = "The function in the source, or the archive's method; needed where there are several.",
        };
        var functional = new Option<bool>("--functional")
        {
            Description = "An archive's parameters become the first argument, a dict.",
        };
        var examples = new Option<string?>("--example-arguments")
        {
            Description = "Example arguments, a JSON array of trees; shapes alone suffice. Later calls must fit.",
        };
        var keywords = new Option<string?>("--example-keywords") { Description = "Example keyword arguments, JSON." };
        var shapes = new Option<string?>("--output-shapes") { Description = "The outputs' tree of shapes, JSON." };
        var method = new Option<string?>("--vmap-method")
        {
            Description = $"What a vmap without a method uses: {string.Join(", ", VmapMethods.All)}.",
        };
        var nondiff = new Option<string?>("--nondiff")
        {
            Description =
                "Arguments that are not differentiated: positions as JSON, [1], or a tree of booleans for each.",
        };
        var isolation = new Option<FunctionIsolation?>("--isolation")
        {
            Description =
                "Where it runs: process (a worker process) or none; left out, as the service is set, here none.",
        };
        var description = new Option<string?>("--description") { Description = "Words for those who find it." };
        var command = new Command("register", "Registers a function: a new version where its content is new.")
        {
            name,
            file,
            entry,
            functional,
            examples,
            keywords,
            shapes,
            method,
            nondiff,
            isolation,
            description,
        };
        return command.Does(
            (session, parsed, reporter, token) =>
            {
                var path = parsed.GetValue(file)!;
                var archive = Path.GetExtension(path) is ".pt" or ".pth" or ".zip";
                var registered = session.Register(
                    new RegistrationRequest(
                        parsed.GetValue(name)!,
                        archive ? null : Files.ReadText(path, "This is no UTF-8 text; an archive's name ends in .pt."),
                        archive ? (ReadOnlyMemory<byte>?)Files.ReadAll(path) : null,
                        parsed.GetValue(entry),
                        parsed.GetValue(functional),
                        Trees(parsed, examples),
                        Keywords(parsed, keywords),
                        Json(parsed, shapes) is { } tree ? OutputShapesReader.Read(tree, "outputShapes") : null,
                        parsed.GetValue(method),
                        Nondiff(Json(parsed, nondiff)),
                        parsed.GetValue(description),
                        parsed.GetValue(isolation)
                    ),
                    token
                );
                reporter.Warn("registration_warning", registered.Function.Warnings, path);
                FunctionPrinter.Print(parsed, registered.Function, registered.Created);
            },
            parsed => parsed.GetValue(file)
        );
    }

    private static NondiffOption? Nondiff(JsonElement? given) =>
        given is not { } list ? null
        : list.ValueKind == JsonValueKind.Array
        && list.EnumerateArray().Any(item => item.ValueKind != JsonValueKind.Number)
            ? NondiffReader.Mask(list)
        : NondiffReader.Argnums(list);

    private static JsonElement? Json(ParseResult parsed, Option<string?> option) =>
        parsed.GetValue(option) is { } text ? ArgumentText.Json(text, option.Name) : null;

    private static List<PyTree<IArgumentLeaf>>? Trees(ParseResult parsed, Option<string?> option)
    {
        if (Json(parsed, option) is not { } list)
        {
            return null;
        }

        return list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Select((tree, i) => ArgumentText.Read(tree.GetRawText(), $"exampleArgs[{i}]"))]
            : throw new ToolException("usage", $"{option.Name} is a JSON array with one tree an argument.");
    }

    private static Dictionary<string, PyTree<IArgumentLeaf>>? Keywords(ParseResult parsed, Option<string?> option)
    {
        if (Json(parsed, option) is not { } items)
        {
            return null;
        }

        return items.ValueKind == JsonValueKind.Object
            ? items
                .EnumerateObject()
                .ToDictionary(item => item.Name, item => ArgumentText.Read(item.Value.GetRawText(), item.Name))
            : throw new ToolException("usage", $"{option.Name} is a JSON object of trees by name.");
    }
}
