using Torch2Jax.Errors;

namespace Torch2Jax.Encoding;

/// <summary>The errors that all readers have in common.</summary>
internal static class ReadError
{
    public static EngineException Malformed(string message, ReadPath path) => Malformed(message, path.ToString());

    public static EngineException Malformed(string message, string path) =>
        new(ErrorCode.MalformedRequest, message, path);

    public static EngineException CutShort(ReadPath path) =>
        Malformed("The data is cut short: it has fewer bytes than its header says.", path);

    public static EngineException BytesBehind(ReadPath path) =>
        Malformed("There are bytes behind the end of the data.", path);
}
