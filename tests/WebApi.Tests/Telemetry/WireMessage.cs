using System.Buffers.Binary;

namespace Torch2Jax.WebApi.Tests.Telemetry;

/// <summary>A message of Protocol Buffers, read by field numbers: enough to look into what a collector is sent.</summary>
internal sealed class WireMessage
{
    private readonly List<(int Field, ulong Number, byte[] Bytes)> fields = [];

    public WireMessage(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var key = Varint(ref bytes);
            var field = (int)(key >> 3);
            switch (key & 7)
            {
                case 0:
                    fields.Add((field, Varint(ref bytes), []));
                    break;
                case 1:
                    fields.Add((field, BinaryPrimitives.ReadUInt64LittleEndian(bytes), []));
                    bytes = bytes[8..];
                    break;
                case 2:
                    var length = (int)Varint(ref bytes);
                    fields.Add((field, 0, bytes[..length].ToArray()));
                    bytes = bytes[length..];
                    break;
                case 5:
                    fields.Add((field, BinaryPrimitives.ReadUInt32LittleEndian(bytes), []));
                    bytes = bytes[4..];
                    break;
                default:
                    throw new InvalidDataException($"wire type {key & 7}");
            }
        }
    }

    public IEnumerable<WireMessage> Messages(int field) =>
        fields.Where(one => one.Field == field).Select(one => new WireMessage(one.Bytes));

    public string Text(int field) => System.Text.Encoding.UTF8.GetString(Bytes(field));

    public byte[] Bytes(int field) => fields.LastOrDefault(one => one.Field == field).Bytes ?? [];

    public ulong Number(int field) => fields.LastOrDefault(one => one.Field == field).Number;

    /// <summary>The attributes in a field of KeyValue messages: texts, and whole numbers as texts.</summary>
    public IReadOnlyDictionary<string, string> Attributes(int field) =>
        Messages(field)
            .ToDictionary(
                pair => pair.Text(1),
                pair =>
                {
                    var value = pair.Messages(2).Single();
                    return value.Text(1) is { Length: > 0 } text ? text : $"{value.Number(3)}";
                }
            );

    private static ulong Varint(ref ReadOnlySpan<byte> bytes)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var one = bytes[0];
            bytes = bytes[1..];
            value |= (ulong)(one & 0x7F) << shift;
            if ((one & 0x80) == 0)
            {
                return value;
            }
        }
    }
}
