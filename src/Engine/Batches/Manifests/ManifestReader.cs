using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Errors;
using Torch2Jax.Functions;
using Torch2Jax.Transforms;

namespace Torch2Jax.Batches;

/// <summary>Reads a batch's manifest; every error names its place, and nothing is run or looked up.</summary>
public static class ManifestReader
{
    /// <summary>Bytes of UTF-8 that a manifest may have.</summary>
    public const int MaxBytes = 1 << 20;

    /// <summary>The JSON schema of manifests, for editors.</summary>
    public static string Schema { get; } = ReadSchema();

    private static readonly JsonDocumentOptions Strict = new()
    {
        MaxDepth = 128,
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    };

    /// <summary>Reads a manifest.</summary>
    /// <exception cref="EngineException">MalformedRequest, InvalidTransform, UnsupportedDtype or PayloadTooLarge, with the place.</exception>
    public static BatchManifest Read(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        if (System.Text.Encoding.UTF8.GetByteCount(json) is var bytes and > MaxBytes)
        {
            throw new EngineException(
                ErrorCode.PayloadTooLarge,
                $"The manifest has {bytes} bytes; at most {MaxBytes} are read. Put large arrays into files."
            );
        }

        try
        {
            using var document = JsonDocument.Parse(json, Strict);
            return Read(new ManifestObject(document.RootElement, ""), json);
        }
        catch (JsonException error)
        {
            throw new EngineException(
                ErrorCode.MalformedRequest,
                $"The manifest is not JSON (line {error.LineNumber + 1}, byte {error.BytePositionInLine + 1}).",
                null,
                error
            );
        }
        catch (InvalidOperationException error)
        {
            // A text with a lone surrogate: kinds are looked at before every read.
            throw new EngineException(ErrorCode.MalformedRequest, "A text is not valid Unicode.", null, error);
        }
    }

    private static string ReadSchema()
    {
        using var stream = typeof(ManifestReader).Assembly.GetManifestResourceStream("batch.schema.json")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private static BatchManifest Read(ManifestObject fields, string text)
    {
        fields.OptionalText("$schema");
        var function = fields.Text("function");
        FunctionReference.Parse(function);
        var inputs = ReadInputs(fields);
        var args = ReadArgs(fields);
        var kwargs = ReadKwargs(fields);
        var device = fields.OptionalText("device");
        var manifest = new BatchManifest(
            fields.OptionalText("name") ?? function,
            function,
            TransformReader.Read(fields.Field("transforms") ?? default),
            args,
            kwargs,
            inputs,
            ReadOutput(fields),
            fields.Integer("chunkSize", 1, int.MaxValue, 1),
            fields.Integer("concurrency", 1, 256, DefaultConcurrency(device)),
            device,
            (int?)fields.OptionalInteger("threads", 1, 1024),
            fields.OptionalInteger("seed", long.MinValue, long.MaxValue),
            fields.Integer("retries", 0, 100, 2),
            TimeSpan.FromMilliseconds(fields.Integer("retryDelayMs", 0, 3_600_000, 1000)),
            ReadPolicy(fields),
            fields.OptionalInteger("timeoutMs", 1, int.MaxValue) is { } timeout
                ? TimeSpan.FromMilliseconds(timeout)
                : null,
            fields.Flag("overwrite", otherwise: false),
            text
        );
        fields.RefuseOthers();
        ManifestCheck.Check(manifest);
        return manifest;
    }

    // A GPU is busy where one chunk is copied to it, one computed and one copied back at the same time.
    private static int DefaultConcurrency(string? device) =>
        device is null || device.StartsWith("cpu", StringComparison.Ordinal) ? 1 : 3;

    private static ArgumentTemplate[] ReadArgs(ManifestObject fields)
    {
        if (fields.Field("args") is not { } args)
        {
            return [];
        }

        return args.ValueKind == JsonValueKind.Array
            ? [.. args.EnumerateArray().Select((arg, i) => ArgumentTemplateReader.Read(arg, $"args[{i}]"))]
            : throw ManifestObject.Error(
                $"Expected a list with one tree an argument, but got {ManifestObject.Kind(args)}.",
                "args"
            );
    }

    private static Dictionary<string, ArgumentTemplate>? ReadKwargs(ManifestObject fields)
    {
        if (fields.Field("kwargs") is not { } kwargs)
        {
            return null;
        }

        _ = new ManifestObject(kwargs, "kwargs");
        return kwargs
            .EnumerateObject()
            .ToDictionary(p => p.Name, p => ArgumentTemplateReader.Read(p.Value, $"kwargs.{p.Name}"));
    }

    private static Dictionary<string, BatchInput> ReadInputs(ManifestObject fields)
    {
        if (fields.Field("inputs") is not { } inputs)
        {
            throw ManifestObject.Error("The field \"inputs\" is missing: what is the batch over?", "inputs");
        }

        _ = new ManifestObject(inputs, "inputs");
        return inputs
            .EnumerateObject()
            .ToDictionary(p => p.Name, p => ReadInput(new ManifestObject(p.Value, $"inputs.{p.Name}")));
    }

    private static BatchInput ReadInput(ManifestObject fields)
    {
        var files = fields.OptionalText("files");
        var array = fields.OptionalText("array");
        BatchInput input = (files, array) switch
        {
            ({ } pattern, null) => new FilesInput(pattern, ReadCsv(fields)),
            (null, { } file) => new ArrayInput(file, fields.Integer("axis", 0, 63, 0)),
            _ => throw fields.Wrong("An input has either \"files\" (a pattern) or \"array\" (an npy file)."),
        };
        fields.RefuseOthers();
        return input;
    }

    private static CsvOptions ReadCsv(ManifestObject fields)
    {
        if (fields.Field("csv") is not { } given)
        {
            return CsvOptions.Default with { Header = false };
        }

        var csv = new ManifestObject(given, fields.PathOf("csv"));
        var delimiter = csv.OptionalText("delimiter") ?? ",";
        if (delimiter.Length != 1)
        {
            throw ManifestObject.Error("A delimiter is one character.", csv.PathOf("delimiter"));
        }

        var header = csv.Flag("header", otherwise: false);
        var columns = ReadColumns(csv);
        var dtype = csv.OptionalText("dtype") is { } name ? DTypes.Parse(name, csv.PathOf("dtype")) : DType.Float32;
        csv.RefuseOthers();
        if (columns is not null && !header)
        {
            throw ManifestObject.Error("Columns have names only where the file has a header.", csv.PathOf("columns"));
        }

        return dtype.IsFloating() || dtype.IsInteger()
            ? new CsvOptions(header, columns, delimiter[0], dtype)
            : throw ManifestObject.Error("A csv file is read as a float or integer dtype.", csv.PathOf("dtype"));
    }

    private static string[]? ReadColumns(ManifestObject csv)
    {
        if (csv.Field("columns") is not { } columns)
        {
            return null;
        }

        return
            columns.ValueKind == JsonValueKind.Array
            && columns.GetArrayLength() > 0
            && columns.EnumerateArray().All(column => column.ValueKind == JsonValueKind.String)
            ? [.. columns.EnumerateArray().Select(column => column.GetString()!)]
            : throw ManifestObject.Error("Expected a list of columns' names.", csv.PathOf("columns"));
    }

    private static BatchOutput ReadOutput(ManifestObject fields)
    {
        if (fields.Field("output") is not { } given)
        {
            throw ManifestObject.Error("The field \"output\" is missing: where do results go?", "output");
        }

        var output = new ManifestObject(given, "output");
        var files = output.OptionalText("files");
        var array = output.OptionalText("array");
        output.RefuseOthers();
        return (files, array) switch
        {
            ({ } template, null) => new FilesOutput(template),
            (null, { } file) => new ArrayOutput(file),
            _ => throw output.Wrong("An output has either \"files\" (a template) or \"array\" (an npy file)."),
        };
    }

    private static BadChunkPolicy ReadPolicy(ManifestObject fields) =>
        fields.OptionalText("onBadChunk") switch
        {
            null or "stop" => BadChunkPolicy.Stop,
            "skip" => BadChunkPolicy.Skip,
            _ => throw ManifestObject.Error("Expected \"stop\" or \"skip\".", "onBadChunk"),
        };
}
