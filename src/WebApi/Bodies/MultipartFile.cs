using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using Torch2Jax.Errors;

namespace Torch2Jax.WebApi.Bodies;

/// <summary>The one file of a multipart body, as a browser or Swagger UI sends it.</summary>
internal static class MultipartFile
{
    private const long FormBytes = 1 << 20;

    public static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpContext context, long limit)
    {
        var request = context.Request;
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            // Of the file, and of what else the form may hold.
            size.MaxRequestBodySize = limit + FormBytes;
        }

        var boundary = MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            ? HeaderUtilities.RemoveQuotes(type.Boundary).Value
            : null;
        if (string.IsNullOrEmpty(boundary))
        {
            throw JsonFields.Malformed("The multipart body's Content-Type has no boundary.", null);
        }

        var reader = new MultipartReader(boundary, request.Body) { BodyLengthLimit = limit };
        try
        {
            while (await reader.ReadNextSectionAsync(context.RequestAborted) is { } section)
            {
                if (section.AsFileSection() is { FileStream: { } stream })
                {
                    using var file = new MemoryStream();
                    await stream.CopyToAsync(file, context.RequestAborted);
                    return file.ToArray();
                }
            }
        }
        catch (InvalidDataException error)
        {
            throw new EngineException(
                ErrorCode.PayloadTooLarge,
                $"The multipart body is over a limit: an archive has at most {limit} bytes.",
                null,
                error
            );
        }
        catch (IOException error)
            when (error is not Microsoft.AspNetCore.Connections.ConnectionResetException and not BadHttpRequestException
            )
        {
            throw JsonFields.Malformed(
                "The multipart body is cut short or not framed as its boundary says.",
                null,
                error
            );
        }

        throw JsonFields.Malformed("The multipart body holds no file.", null);
    }
}
