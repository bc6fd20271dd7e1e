using Torch2Jax.Arrays;
using Torch2Jax.PsModule.Arrays;

namespace Torch2Jax.PsModule;

// $a[0, 1] is an element, $a[0] of a matrix its first row; negative positions count from the end. The shell makes $null of
// the usual exceptions of an index, so another one says that a position is outside.
public sealed partial class Torch2JaxArray
{
    /// <summary>The element, or the part of the array, at a position of the first dimension.</summary>
    public object this[long first] => At([first]);

    /// <summary>The element, or the part of the array, at positions of the first two dimensions.</summary>
    public object this[long first, long second] => At([first, second]);

    /// <summary>The element, or the part of the array, at positions of the first three dimensions.</summary>
    public object this[long first, long second, long third] => At([first, second, third]);

    /// <summary>The element, or the part of the array, at positions of the first four dimensions.</summary>
    public object this[long first, long second, long third, long fourth] => At([first, second, third, fourth]);

    /// <summary>The only element, as a .NET number.</summary>
    /// <exception cref="InvalidOperationException">There is not exactly one.</exception>
    public object ToScalar() =>
        Size == 1
            ? Elements.Read(Aval.Dtype, Bytes, 0)
            : throw new InvalidOperationException($"{Aval} has {Size} elements; only an array of one has an item.");

    private object At(ReadOnlySpan<long> positions)
    {
        if (positions.Length > Rank)
        {
            throw new ArgumentException($"{positions.Length} positions, but {Aval} has {Rank} dimensions.");
        }

        long offset = 0;
        for (var i = 0; i < positions.Length; i++)
        {
            var size = Aval.Shape[i];
            var position = positions[i] < 0 ? positions[i] + size : positions[i];
            if (position < 0 || position >= size)
            {
                throw new ArgumentException(
                    $"Position {positions[i]} of dimension {i} is outside {Aval}, which has {size} there."
                );
            }

            offset = (offset * size) + position;
        }

        var rest = new ShapeDtypeStruct(Aval.Dtype, Aval.Shape[positions.Length..]);
        if (positions.Length == Rank)
        {
            return Elements.Read(Aval.Dtype, Bytes, offset);
        }

        var part = Allocate((int)rest.ByteLength);
        Bytes.Slice((int)(offset * rest.ByteLength), (int)rest.ByteLength).CopyTo(part);
        return new Torch2JaxArray(rest, part);
    }
}
