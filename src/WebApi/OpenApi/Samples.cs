namespace Torch2Jax.WebApi.OpenApi;

/// <summary>The bodies of samples/cross_entropy, which are the document's examples: they can be sent unchanged.</summary>
internal static class Samples
{
    public static string Register { get; } = Read("cross_entropy.register.json");

    public static string Invoke { get; } = Read("cross_entropy.invoke.json");

    /// <summary>The invocation with one more field.</summary>
    public static string InvokeWith(string field) =>
        string.Concat(Invoke.TrimEnd().TrimEnd('}').TrimEnd(), ", ", field, "}");

    public static string Read(string name)
    {
        using var stream =
            typeof(Samples).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"{name} is not in the assembly.");
        using var reader = new StreamReader(stream, System.Text.Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
