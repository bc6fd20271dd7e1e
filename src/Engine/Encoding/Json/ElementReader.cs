using System.Runtime.CompilerServices;
using System.Text.Json;
using Torch2Jax.Arrays;
using Torch2Jax.Errors;

namespace Torch2Jax.Encoding;

/// <summary>
/// Reads the elements of one array straight into its memory. The memory grows with what comes, so that a large shape
/// over few numbers costs nothing.
/// </summary>
internal ref struct ElementReader<T, TCodec>
    where T : unmanaged
    where TCodec : IElementCodec<T>
{
    private const int FirstCapacity = 1 << 14;
    private const int Growth = 4;

    private readonly ShapeDtypeStruct described;
    private readonly ReadPath path;
    private PooledStorage? storage;
    private Span<T> room;
    private int count;
    private bool nested;

    public ElementReader(ShapeDtypeStruct described, ReadPath path)
    {
        this.described = described;
        this.path = path;
        Reserve((int)Math.Min(described.Size, FirstCapacity));
    }

    /// <summary>Reads flat or nested elements; the reader is on the first token of them.</summary>
    public NDArray Read(ref Utf8JsonReader reader)
    {
        if (described.Rank == 0)
        {
            ReadScalar(ref reader);
        }
        else if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw Wrong($"The elements of {described} are a list, not {JsonInput.Describe(reader.TokenType)}.");
        }
        else if (described.Size == 0)
        {
            ReadEmpty(ref reader);
        }
        else if (described.Rank == 1 || Lists(reader) <= 1)
        {
            ReadFlat(ref reader);
        }
        else
        {
            nested = true;
            ReadNested(ref reader, 0);
        }

        var array = NDArray.Wrap(storage!, described.Dtype, described.Shape.AsSpan());
        storage = null;
        return array;
    }

    public readonly void Dispose() => storage?.Dispose();

    /// <summary>How many lists begin before the first element.</summary>
    private static int Lists(Utf8JsonReader reader)
    {
        var lists = TCodec.IsPair ? -1 : 0;
        for (; reader.TokenType == JsonTokenType.StartArray && reader.Read(); lists++) { }

        return lists;
    }

    // Bare, or as a list of one: of complex numbers both begin with a list.
    private void ReadScalar(ref Utf8JsonReader reader)
    {
        var listed = reader.TokenType == JsonTokenType.StartArray && (!TCodec.IsPair || Lists(reader) >= 1);
        if (listed)
        {
            ReadFlat(ref reader);
        }
        else
        {
            ReadElement(ref reader);
        }
    }

    private void ReadEmpty(ref Utf8JsonReader reader)
    {
        var ahead = reader;
        if (ahead.Read() && ahead.TokenType == JsonTokenType.EndArray)
        {
            reader = ahead;
            return;
        }

        nested = true;
        ReadNested(ref reader, 0);
    }

    private void ReadFlat(ref Utf8JsonReader reader)
    {
        while (Next(ref reader) != JsonTokenType.EndArray)
        {
            if (count == described.Size)
            {
                throw Wrong($"There are more than the {described.Size} elements of {described}.");
            }

            ReadElement(ref reader);
        }

        if (count < described.Size)
        {
            throw Wrong($"There are {count} elements, but {described} has {described.Size}.");
        }
    }

    private void ReadNested(ref Utf8JsonReader reader, int dimension)
    {
        var length = described.Shape[dimension];
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw Wrong(
                $"Dimension {dimension} of {described} is a list of {length}, not {JsonInput.Describe(reader.TokenType)}."
            );
        }

        for (var i = 0L; i < length; i++)
        {
            if (Next(ref reader) == JsonTokenType.EndArray)
            {
                throw Wrong($"A list along dimension {dimension} has {i} entries, but {described} has {length} there.");
            }

            if (dimension == described.Rank - 1)
            {
                ReadElement(ref reader);
            }
            else
            {
                ReadNested(ref reader, dimension + 1);
            }
        }

        if (Next(ref reader) != JsonTokenType.EndArray)
        {
            throw Wrong($"A list along dimension {dimension} has more than the {length} entries of {described}.");
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly JsonTokenType Next(ref Utf8JsonReader reader) =>
        reader.Read() ? reader.TokenType : throw Wrong("The JSON ends within the elements.");

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void ReadElement(ref Utf8JsonReader reader)
    {
        if (count == room.Length)
        {
            Grow();
        }

        if (!TCodec.TryRead(ref reader, out room[count]))
        {
            throw WrongElement();
        }

        count++;
    }

    private void Grow()
    {
        var full = storage!;
        var old = room;
        Reserve((int)Math.Min(described.Size, (long)old.Length * Growth));
        old.CopyTo(room);
        full.Dispose();
    }

    private unsafe void Reserve(int capacity)
    {
        storage = PooledStorage.Rent((nuint)capacity * (nuint)sizeof(T));
        room = new Span<T>((void*)storage.Pointer, capacity);
    }

    private readonly EngineException Wrong(string message) => ReadError.Malformed(message, path.ToString());

    private readonly EngineException WrongElement()
    {
        var place = path.ToString();
        if (described.Rank == 0)
        {
            return ReadError.Malformed($"An element of {described} is {TCodec.Expected}.", place);
        }

        var index = $"[{count}]";
        if (nested)
        {
            index = "";
            var rest = (long)count;
            for (var i = described.Rank - 1; i >= 0; i--)
            {
                index = $"[{rest % described.Shape[i]}]{index}";
                rest /= described.Shape[i];
            }
        }

        return ReadError.Malformed($"An element of {described} is {TCodec.Expected}.", place + index);
    }
}
