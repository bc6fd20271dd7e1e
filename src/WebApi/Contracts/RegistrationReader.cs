using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Encoding;
using Torch2Jax.Errors;
using Torch2Jax.Functions;
using Torch2Jax.Transforms;
using Torch2Jax.Trees;
using Torch2Jax.WebApi.Bodies;
using Torch2Jax.WebApi.Hosting;

namespace Torch2Jax.WebApi.Contracts;

/// <summary>Reads the body of a registration.</summary>
internal static class RegistrationReader
{
    private const string Known =
        "name, source, entry, exampleArgs, exampleKwargs, outputShapes, vmapMethod, nondiffArgnums, nondiffMask, isolation and description";

    /// <exception cref="EngineException">MalformedRequest or PayloadTooLarge, with the place.</exception>
    public static RegistrationBody Read(ReadOnlySpan<byte> body, LimitOptions limits)
    {
        var read = new RegistrationBody();
        try
        {
            ReadFields(body, limits, read);
            if (read.Name is null || read.Source is null)
            {
                throw JsonFields.Malformed("The field is missing.", read.Name is null ? "name" : "source");
            }

            return read;
        }
        catch (JsonException error)
        {
            read.Dispose();
            throw JsonFields.NotJson(error);
        }
        catch
        {
            read.Dispose();
            throw;
        }
    }

    private static void ReadFields(ReadOnlySpan<byte> body, LimitOptions limits, RegistrationBody into)
    {
        var reader = JsonFields.OpenObject(body);
        var trees = limits.ForReading();
        var seen = 0u;
        while (JsonFields.NextField(ref reader))
        {
            if (reader.ValueTextEquals("name"u8))
            {
                JsonFields.Once(ref seen, 0, "name");
                into.Name = JsonFields.Text(ref reader, "name");
            }
            else if (reader.ValueTextEquals("source"u8))
            {
                JsonFields.Once(ref seen, 1, "source");
                into.Source = CheckLength(JsonFields.Text(ref reader, "source"), limits.MaxSourceBytes);
            }
            else if (reader.ValueTextEquals("entry"u8))
            {
                JsonFields.Once(ref seen, 2, "entry");
                into.Entry = JsonFields.Text(ref reader, "entry");
            }
            else if (reader.ValueTextEquals("exampleArgs"u8))
            {
                JsonFields.Once(ref seen, 3, "exampleArgs");
                into.ReadExampleArgs(ref reader, trees);
            }
            else if (reader.ValueTextEquals("exampleKwargs"u8))
            {
                JsonFields.Once(ref seen, 4, "exampleKwargs");
                into.ExampleKwargs = ArgumentsReader.ReadDict(ref reader, "exampleKwargs", trees);
            }
            else if (reader.ValueTextEquals("outputShapes"u8))
            {
                JsonFields.Once(ref seen, 5, "outputShapes");
                into.OutputShapes = ArgumentsReader.ReadOutputShapes(ref reader, trees);
            }
            else if (reader.ValueTextEquals("vmapMethod"u8))
            {
                JsonFields.Once(ref seen, 6, "vmapMethod");
                into.VmapMethod = JsonFields.Text(ref reader, "vmapMethod");
            }
            else if (reader.ValueTextEquals("nondiffArgnums"u8))
            {
                JsonFields.Once(ref seen, 7, "nondiffArgnums");
                into.SetNondiff("nondiffArgnums", JsonFields.Element(ref reader, "nondiffArgnums"));
            }
            else if (reader.ValueTextEquals("nondiffMask"u8))
            {
                JsonFields.Once(ref seen, 8, "nondiffMask");
                into.SetNondiff("nondiffMask", JsonFields.Element(ref reader, "nondiffMask"));
            }
            else if (reader.ValueTextEquals("description"u8))
            {
                JsonFields.Once(ref seen, 9, "description");
                into.Description = JsonFields.Text(ref reader, "description");
            }
            else if (reader.ValueTextEquals("isolation"u8))
            {
                JsonFields.Once(ref seen, 10, "isolation");
                into.Isolation = ReadIsolation(JsonFields.Text(ref reader, "isolation"));
            }
            else
            {
                throw JsonFields.UnknownField(ref reader, Known);
            }
        }
    }

    private static FunctionIsolation? ReadIsolation(string? name) =>
        name switch
        {
            null => null,
            "none" => FunctionIsolation.None,
            "process" => FunctionIsolation.Process,
            _ => throw JsonFields.Malformed("The isolation of a function is none or process.", "isolation"),
        };

    private static string? CheckLength(string? source, int limit) =>
        source is not null && System.Text.Encoding.UTF8.GetByteCount(source) > limit
            ? throw new EngineException(ErrorCode.PayloadTooLarge, $"A source has at most {limit} bytes.", "source")
            : source;
}
