using System.Diagnostics;
using Torch2Jax.Native;

namespace Torch2Jax.Tests.Native;

public sealed class NativeLibraryLoaderTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("t2j-loader-");

    [Fact]
    public void A_library_that_is_nowhere_is_explained_with_numbered_causes_and_the_places_tried()
    {
        string missing = Path.Combine(folder.FullName, "libtorch2jax.so");
        var error = Assert.Throws<DllNotFoundException>(() => NativeLibraryLoader.Load([missing, missing + ".2"]));
        Assert.Contains("1. It has not been built", error.Message, StringComparison.Ordinal);
        Assert.Contains("apt-get install libtorch-dev libopenblas0-pthread", error.Message, StringComparison.Ordinal);
        Assert.Contains("3. It was built from another version", error.Message, StringComparison.Ordinal);
        Assert.Contains($"{missing}: no such file", error.Message, StringComparison.Ordinal);
        Assert.Contains($"{missing}.2: no such file", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_library_is_named_with_the_reason()
    {
        string text = Path.Combine(folder.FullName, "libtorch2jax.so");
        File.WriteAllText(text, new string('x', 4096));
        var error = Assert.Throws<DllNotFoundException>(() => NativeLibraryLoader.Load([text]));
        Assert.Contains(text, error.Message, StringComparison.Ordinal);
        Assert.Contains("invalid ELF header", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("int t2j_abi_version(void) { return 999; }", "speaks version 999 of the native contract")]
    [InlineData("int something_else(void) { return 1; }", "t2j_abi_version")]
    public void A_library_of_another_contract_is_refused_before_anything_else_is_called(string source, string text)
    {
        string library = Path.Combine(folder.FullName, "libtorch2jax.so");
        var start = new ProcessStartInfo("cc", ["-shared", "-fPIC", "-o", library, "-x", "c", "-"])
        {
            RedirectStandardInput = true,
        };
        using (Process compiler = Process.Start(start)!)
        {
            compiler.StandardInput.Write(source);
            compiler.StandardInput.Close();
            compiler.WaitForExit();
            Assert.Equal(0, compiler.ExitCode);
        }
        var error = Assert.Throws<DllNotFoundException>(() => NativeLibraryLoader.Load([library]));
        Assert.Contains(text, error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => folder.Delete(recursive: true);
}
