namespace Torch2Jax.Client;

/// <summary>What an address and a key must look like.</summary>
internal static class ServiceAddress
{
    /// <summary>The address with a '/' at its end, so that paths are put below it.</summary>
    public static Uri Check(Uri address)
    {
        if (!address.IsAbsoluteUri || address.Scheme is not ("http" or "https"))
        {
            throw new ArgumentException(
                "A service's address begins with http:// or https://, as in https://torch2jax.example.",
                nameof(address)
            );
        }

        if (address.UserInfo.Length > 0 || address.Query.Length > 0 || address.Fragment.Length > 0)
        {
            throw new ArgumentException(
                "A service's address has no user, query or fragment; a key is given by itself.",
                nameof(address)
            );
        }

        return address.AbsolutePath.EndsWith('/') ? address : new Uri(address.AbsoluteUri + "/");
    }

    /// <summary>The key; its text is never part of an error.</summary>
    public static string CheckKey(string key) =>
        key.All(c => c is > ' ' and <= '~')
            ? key
            : throw new ArgumentException(
                "The API key holds a blank or another character that no key has; was it copied whole, and alone?",
                nameof(key)
            );
}
