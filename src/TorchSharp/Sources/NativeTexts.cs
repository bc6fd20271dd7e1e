namespace Torch2Jax.TorchSharp.Sources;

/// <summary>
/// Texts of src/Native that hold here too, embedded as they are: TorchScript of torch.nn.functional, and which operators
/// are refused. So neither is written down twice.
/// </summary>
internal static class NativeTexts
{
    public static string Read(string name)
    {
        using Stream stream =
            typeof(NativeTexts).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The text {name} is not embedded.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
