using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;

namespace Torch2Jax.Registry.Migrating;

/// <summary>One numbered step of the database's structure, and its way back.</summary>
/// <param name="Version">1, 2, 3 ...</param>
/// <param name="Name">What it is about.</param>
/// <param name="Up">SQL that makes the step.</param>
/// <param name="Down">SQL that undoes it.</param>
internal sealed record Migration(int Version, string Name, string Up, string Down)
{
    private const string Prefix = "migrations/";
    private const string UpSuffix = ".up.sql";
    private const string DownSuffix = ".down.sql";

    /// <summary>All steps of this program, in order.</summary>
    public static IReadOnlyList<Migration> All { get; } = Load();

    /// <summary>Lower-case hexadecimal SHA-256 of the way up.</summary>
    public string Sha256 => Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(Up)));

    private static List<Migration> Load()
    {
        var assembly = typeof(Migration).Assembly;
        var migrations = assembly
            .GetManifestResourceNames()
            .Where(name =>
                name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith(UpSuffix, StringComparison.Ordinal)
            )
            .Select(name => name[Prefix.Length..^UpSuffix.Length])
            .Order(StringComparer.Ordinal)
            .Select(stem => new Migration(
                int.Parse(stem.AsSpan(0, 3), CultureInfo.InvariantCulture),
                stem[4..],
                Read(assembly, Prefix + stem + UpSuffix),
                Read(assembly, Prefix + stem + DownSuffix)
            ))
            .ToList();
        for (var index = 0; index < migrations.Count; index++)
        {
            if (migrations[index].Version != index + 1)
            {
                throw new InvalidOperationException($"Migration {index + 1} is missing from the program.");
            }
        }
        return migrations;
    }

    /// <summary>A checkout with other line ends must not have another hash.</summary>
    private static string Read(Assembly assembly, string resource)
    {
        using var stream =
            assembly.GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"{resource} is missing from the program.");
        using var reader = new StreamReader(stream, System.Text.Encoding.UTF8);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
