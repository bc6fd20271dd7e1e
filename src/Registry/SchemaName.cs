using System.Text.RegularExpressions;

namespace Torch2Jax.Registry;

/// <summary>A schema's name that may stand in SQL and in a search path as it is: the only text that is put into SQL.</summary>
internal readonly partial struct SchemaName
{
    private readonly string _name;

    public SchemaName(string name)
    {
        if (!Legal().IsMatch(name) || name.StartsWith("pg_", StringComparison.Ordinal))
        {
            throw new RegistrySetupException(
                $"'{name}' cannot be the registry's schema: lower-case letters, digits and _ are allowed, at most 63, "
                    + "with a letter or _ first, and names that begin with pg_ are PostgreSQL's."
            );
        }
        _name = name;
    }

    /// <summary>The name in double quotes.</summary>
    public string Quoted => $"\"{_name}\"";

    public override string ToString() => _name;

    [GeneratedRegex(@"\A[a-z_][a-z0-9_]{0,62}\z")]
    private static partial Regex Legal();
}
