using Npgsql;
using NpgsqlTypes;
using Torch2Jax.Functions;

namespace Torch2Jax.Registry.Storage;

/// <summary>Rows of function_versions as records, and back.</summary>
internal static class FunctionRows
{
    /// <summary>All columns but the archive, in the order in which they are read.</summary>
    private const string WithoutArchive = """
        v.name, v.version, v.sha256, v.source, v.entry, v.functional, v.example_args, v.example_kwargs,
        v.given_output_shapes, v.vmap_method, v.nondiff, v.signature, v.in_tree, v.shape_key, v.output_shapes,
        v.warnings, v.description, v.created_at, v.isolation
        """;

    /// <summary>All columns.</summary>
    public const string Columns = WithoutArchive + ", v.archive";

    /// <summary>The columns with an empty archive in place of the bytes, for lists.</summary>
    public const string ListColumns = WithoutArchive + ", CASE WHEN v.archive IS NOT NULL THEN ''::bytea END";

    public static Task<List<FunctionVersion>> ReadAllAsync(
        NpgsqlCommand command,
        CancellationToken cancellationToken
    ) => command.ReadAllAsync(Read, cancellationToken);

    public static Task<List<FunctionVersion>> ReadAllAsync(
        NpgsqlDataReader reader,
        CancellationToken cancellationToken
    ) => reader.ReadAllAsync(Read, cancellationToken);

    /// <summary>A version's columns as parameters $1 to $19, in the order of the INSERT in <see cref="FunctionStore"/>.</summary>
    public static void AddParameters(
        NpgsqlParameterCollection parameters,
        string name,
        int version,
        string sha256,
        FunctionContent content,
        FunctionDetails details
    )
    {
        parameters.Add(new NpgsqlParameter<string> { TypedValue = name });
        parameters.Add(new NpgsqlParameter<int> { TypedValue = version });
        parameters.Add(new NpgsqlParameter<string> { TypedValue = sha256 });
        AddText(parameters, content.Source);
        parameters.Add(
            new NpgsqlParameter
            {
                NpgsqlDbType = NpgsqlDbType.Bytea,
                Value = content.Archive is { } archive ? archive : DBNull.Value,
            }
        );
        AddText(parameters, content.Entry);
        parameters.Add(new NpgsqlParameter<bool> { TypedValue = content.Functional });
        AddText(parameters, content.ExampleArgs);
        AddText(parameters, content.ExampleKwargs);
        AddText(parameters, content.OutputShapes);
        AddText(parameters, content.VmapMethod);
        AddText(parameters, content.Nondiff);
        AddText(parameters, details.Signature);
        AddText(parameters, details.InTree);
        AddText(parameters, details.ShapeKey);
        AddText(parameters, details.OutputShapes);
        parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. details.Warnings] });
        AddText(parameters, details.Description);
        AddText(parameters, Name(details.Isolation));
    }

    /// <summary>An isolation as it is stored.</summary>
    public static string Name(FunctionIsolation isolation) =>
        isolation == FunctionIsolation.Process ? "process" : "none";

    private static void AddText(NpgsqlParameterCollection parameters, string? text) =>
        parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Text, Value = (object?)text ?? DBNull.Value });

    private static FunctionVersion Read(NpgsqlDataReader row) =>
        new(
            row.GetString(0),
            row.GetInt32(1),
            row.GetString(2),
            new FunctionContent(
                Text(row, 3),
                row.IsDBNull(19) ? default(ReadOnlyMemory<byte>?) : row.GetFieldValue<byte[]>(19),
                row.GetString(4),
                row.GetBoolean(5),
                Text(row, 6),
                Text(row, 7),
                Text(row, 8),
                row.GetString(9),
                Text(row, 10)
            ),
            new FunctionDetails(
                row.GetString(11),
                Text(row, 12),
                Text(row, 13),
                Text(row, 14),
                row.GetFieldValue<string[]>(15),
                Text(row, 16),
                row.GetString(18) == "process" ? FunctionIsolation.Process : FunctionIsolation.None
            ),
            row.GetFieldValue<DateTimeOffset>(17)
        );

    private static string? Text(NpgsqlDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetString(column);
}
