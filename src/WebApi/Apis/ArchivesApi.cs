using Torch2Jax.Errors;
using Torch2Jax.WebApi.Bodies;
using Torch2Jax.WebApi.Contracts;

namespace Torch2Jax.WebApi.Apis;

/// <summary>/api/functions/{name}/archive: registers a TorchScript archive.</summary>
internal sealed class ArchivesApi(ApiContext api)
{
    public async Task RegisterAsync(HttpContext context)
    {
        using var read = ArchiveQuery.Read(ApiContext.Reference(context), context.Request.Query, api.Options.Limits);
        var isolation = IsolationChoice.Of(context, read.Isolation, api.Options.Isolation);
        var archive = await ReadAsync(context);
        var registration = await api.Engine.Functions.RegisterAsync(
            read.ToRequest(isolation, archive),
            context.RequestAborted
        );
        await FunctionsApi.AnswerAsync(context, registration);
    }

    private async Task<ReadOnlyMemory<byte>> ReadAsync(HttpContext context)
    {
        var type = context.Request.ContentType;
        if (context.Request.HasFormContentType && type!.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase))
        {
            return await MultipartFile.ReadAsync(context, api.Options.Limits.MaxArchiveBytes);
        }

        if (!string.IsNullOrEmpty(type) && !MediaTypes.IsOctets(type))
        {
            throw new EngineException(
                ErrorCode.UnsupportedMediaType,
                "Send the archive as application/octet-stream, or as the file of a multipart/form-data body."
            );
        }

        using var body = await RequestBody.ReadAsync(context, api.Budget, api.Options.Limits);
        if (body.Bytes.Length > api.Options.Limits.MaxArchiveBytes)
        {
            throw new EngineException(
                ErrorCode.PayloadTooLarge,
                $"An archive has at most {api.Options.Limits.MaxArchiveBytes} bytes."
            );
        }

        return body.Bytes.Length > 0
            ? body.Bytes.ToArray()
            : throw JsonFields.Malformed("The body is empty; a TorchScript archive was expected.", null);
    }
}
