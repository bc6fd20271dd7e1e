using Torch2Jax.Arrays;

namespace Torch2Jax.Encoding;

/// <summary>How a csv file becomes an array.</summary>
/// <param name="Header">Whether its first line holds names; null: it does where none of its fields is a number.</param>
/// <param name="Columns">The names of the columns that are taken, in this order; null for all.</param>
/// <param name="Delimiter">What stands between two fields.</param>
/// <param name="Dtype">The array's dtype, any that is not complex.</param>
public sealed record CsvOptions(bool? Header, IReadOnlyList<string>? Columns, char Delimiter, DType Dtype)
{
    /// <summary>Float32 between commas, with or without a line of names.</summary>
    public static CsvOptions Default { get; } = new(null, null, ',', DType.Float32);
}
