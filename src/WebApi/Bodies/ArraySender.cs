using System.IO.Pipelines;
using Torch2Jax.Arrays;

namespace Torch2Jax.WebApi.Bodies;

/// <summary>Sends an array's bytes piece by piece, at the pace of the connection.</summary>
internal static class ArraySender
{
    private const int Piece = 64 * 1024;

    public static async ValueTask SendAsync(PipeWriter to, NDArray array, CancellationToken aborted)
    {
        for (var sent = 0; sent < array.ByteLength; sent += Piece)
        {
            var count = Math.Min(Piece, array.ByteLength - sent);
            array.Bytes.Slice(sent, count).CopyTo(to.GetSpan(count));
            to.Advance(count);
            await to.FlushAsync(aborted);
        }
    }
}
