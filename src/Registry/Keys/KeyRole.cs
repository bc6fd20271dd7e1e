namespace Torch2Jax.Registry.Keys;

/// <summary>What a key may do; each role may also do what those before it may.</summary>
public enum KeyRole
{
    /// <summary>List and describe functions, look at caches, devices and metrics.</summary>
    Reader = 1,

    /// <summary>Call functions.</summary>
    Invoker = 2,

    /// <summary>Register and read sources, clear caches.</summary>
    Author = 3,

    /// <summary>Everything: archives, deletes, keys.</summary>
    Admin = 4,
}

/// <summary>The names of roles, as the database, the API and the command line write them.</summary>
public static class KeyRoles
{
    /// <summary>All names, the least first.</summary>
    public static IReadOnlyList<string> Names { get; } = ["reader", "invoker", "author", "admin"];

    /// <summary>The role's name.</summary>
    public static string Name(this KeyRole role) => Names[(int)role - 1];

    /// <summary>The role of a name; null where it is none.</summary>
    public static KeyRole? Parse(string? name)
    {
        for (var i = 0; i < Names.Count; i++)
        {
            if (Names[i] == name)
            {
                return (KeyRole)(i + 1);
            }
        }
        return null;
    }
}
