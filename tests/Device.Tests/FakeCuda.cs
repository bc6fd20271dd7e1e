using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Torch2Jax.Device;

/// <summary>
/// A libtorch_cuda.so with two devices in host memory that a host access faults on (tests/FakeCuda). It is loaded before
/// libtorch2jax.so looks for the real one.
/// </summary>
internal static partial class FakeCuda
{
    private const string Library = "torch_cuda";

    /// <summary>Where it lies: a process that has this on LD_LIBRARY_PATH has the devices.</summary>
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "fake-cuda");

    public static long Get(string name) => fake_cuda_get(name);

    /// <summary>Sets a value for as long as the answer lives.</summary>
    public static IDisposable With(string name, long value) => new Setting(name, value);

#pragma warning disable CA2255 // Nothing of the engine may run before: libtorch asks once whether there is a CUDA.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Load()
    {
        // On a machine with a GPU the recorded cases run on that (docs/devices.md); there is nothing else to count then.
        if (Environment.GetEnvironmentVariable("TORCH2JAX_TEST_CUDA") == "1")
        {
            return;
        }

        var library = NativeLibrary.Load(Path.Combine(Folder, "libtorch_cuda.so"));
        NativeLibrary.SetDllImportResolver(typeof(FakeCuda).Assembly, (name, _, _) => name == Library ? library : 0);
    }

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial void fake_cuda_set(string name, long value);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial long fake_cuda_get(string name);

    private sealed class Setting : IDisposable
    {
        private readonly string name;
        private readonly long before;

        public Setting(string name, long value)
        {
            this.name = name;
            before = Get(name);
            fake_cuda_set(name, value);
        }

        public void Dispose() => fake_cuda_set(name, before);
    }
}
