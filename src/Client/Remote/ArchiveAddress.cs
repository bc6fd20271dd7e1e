using System.Buffers;
using System.Text;
using System.Text.Json;
using Torch2Jax.Functions;

namespace Torch2Jax.Client;

/// <summary>The address that an archive is sent to: its body is the archive, so all else is in the query.</summary>
internal static class ArchiveAddress
{
    public static string Of(RegistrationRequest request)
    {
        var query = new StringBuilder($"api/functions/{Uri.EscapeDataString(request.Name)}/archive?functional=");
        query.Append(request.Functional ? "true" : "false");
        Add(query, "entry", request.Entry);
        Add(query, "vmapMethod", request.VmapMethod);
        Add(query, "isolation", IsolationText.Of(request.Isolation));
        Add(query, "description", request.Description);
        foreach (var (name, write) in RegistrationJson.Trees(request))
        {
            Add(query, name, Text(write));
        }

        return query.ToString();
    }

    private static void Add(StringBuilder query, string name, string? value)
    {
        if (value is not null)
        {
            query.Append('&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
        }
    }

    private static string Text(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            write(json);
        }

        return System.Text.Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
