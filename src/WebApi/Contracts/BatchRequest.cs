using System.Text.Json;
using Torch2Jax.Errors;
using Torch2Jax.WebApi.Bodies;

namespace Torch2Jax.WebApi.Contracts;

/// <summary>Reads the bodies of requests about batches: a manifest and the folder its paths start from; a resume's options.</summary>
/// <param name="Manifest">The manifest's text.</param>
/// <param name="Folder">The folder, below the first root or a full path; null for the first root.</param>
/// <param name="Check">Whether it is only to be looked at, and nothing made.</param>
/// <param name="Reuse">Whether an unfinished batch of the same manifest will do.</param>
internal sealed record BatchRequest(string Manifest, string? Folder, bool Check, bool Reuse)
{
    /// <exception cref="EngineException">MalformedRequest, with the place.</exception>
    public static BatchRequest Read(ReadOnlySpan<byte> body)
    {
        using var document = Parse(body);
        string? manifest = null;
        string? folder = null;
        var (check, reuse) = (false, false);
        foreach (var field in document.RootElement.EnumerateObject())
        {
            switch (field.Name)
            {
                case "manifest" when field.Value.ValueKind == JsonValueKind.Object:
                    manifest = field.Value.GetRawText();
                    break;
                case "manifest":
                    throw JsonFields.Malformed("A manifest is a JSON object.", "manifest");
                case "folder" when field.Value.ValueKind is JsonValueKind.String or JsonValueKind.Null:
                    folder = field.Value.GetString();
                    break;
                case "folder":
                    throw JsonFields.Malformed("A folder is a text.", "folder");
                case "check":
                    check = Flag(field);
                    break;
                case "reuse":
                    reuse = Flag(field);
                    break;
                default:
                    throw Unknown("manifest, folder, check and reuse", field.Name);
            }
        }

        return folder?.Contains('\0', StringComparison.Ordinal) == true
            ? throw JsonFields.Malformed("The text holds U+0000.", "folder")
            : new BatchRequest(
                manifest ?? throw JsonFields.Malformed("The field is missing.", "manifest"),
                folder,
                check,
                reuse
            );
    }

    /// <summary>Whether a resume accepts inputs that have changed; an empty body does not.</summary>
    /// <exception cref="EngineException">MalformedRequest, with the place.</exception>
    public static bool ReadResume(ReadOnlySpan<byte> body)
    {
        if (body.IsEmpty)
        {
            return false;
        }

        using var document = Parse(body);
        var accept = false;
        foreach (var field in document.RootElement.EnumerateObject())
        {
            accept =
                field.Name == "acceptChangedInputs" ? Flag(field) : throw Unknown("acceptChangedInputs", field.Name);
        }

        return accept;
    }

    private static bool Flag(JsonProperty field) =>
        field.Value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False or JsonValueKind.Null => false,
            _ => throw JsonFields.Malformed("Expected true or false.", field.Name),
        };

    private static JsonDocument Parse(ReadOnlySpan<byte> body)
    {
        JsonDocument? document = null;
        try
        {
            // A first pass over the text refuses what is no valid Unicode, too, before any field is used.
            document = JsonDocument.Parse(
                new string(new System.Text.UTF8Encoding(false, true).GetString(JsonFields.WithoutMark(body)))
            );
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? document
                : throw JsonFields.Malformed("A JSON object was expected.", null);
        }
        catch (JsonException error)
        {
            throw JsonFields.NotJson(error);
        }
        catch (System.Text.DecoderFallbackException error)
        {
            throw JsonFields.Malformed("The body is not UTF-8.", null, error);
        }
        catch (EngineException)
        {
            document?.Dispose();
            throw;
        }
    }

    private static EngineException Unknown(string known, string name) =>
        JsonFields.Malformed($"There is no field of this name; the fields are {known}.", name);
}
