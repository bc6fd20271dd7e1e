using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;

namespace Torch2Jax.Native;

/// <summary>
/// Finds libtorch2jax.so, compares its version of the contract with ours before anything else, and says what to do where
/// either fails. One environment variable, one list of places, one message.
/// </summary>
internal static class NativeLibraryLoader
{
    public const string Variable = "TORCH2JAX_NATIVE";
    public const int AbiVersion = 3;
    private const string FileName = "libtorch2jax.so";

    private static readonly Lock Gate = new();
    private static bool resolverIsSet;
    private static nint library;
    private static string? loadedFrom;

    /// <summary>Loads the library on the first call; later calls cost a lock.</summary>
    /// <exception cref="DllNotFoundException">It is not there, cannot be loaded, or is of another version.</exception>
    public static void EnsureLoaded()
    {
        lock (Gate)
        {
            if (library != 0)
            {
                return;
            }
            library = Load(Candidates());
            if (!resolverIsSet)
            {
                NativeLibrary.SetDllImportResolver(typeof(NativeLibraryLoader).Assembly, Resolve);
                resolverIsSet = true;
            }
        }
    }

    /// <summary>The folder of the library that was loaded; what belongs to it lies beside it.</summary>
    public static string Folder
    {
        get
        {
            EnsureLoaded();
            return Path.GetDirectoryName(Path.GetFullPath(loadedFrom!))!;
        }
    }

    /// <summary>Loads the first candidate that can be loaded and speaks our version.</summary>
    internal static nint Load(IReadOnlyList<string> candidates)
    {
        var tried = new List<(string Path, string Outcome)>();
        foreach (string path in candidates)
        {
            if (!File.Exists(path))
            {
                tried.Add((path, "no such file"));
                continue;
            }
            try
            {
                nint loaded = NativeLibrary.Load(path);
                int version = ReadAbiVersion(loaded);
                if (version == AbiVersion)
                {
                    loadedFrom = path;
                    return loaded;
                }
                // Left loaded: a libtorch that has once started cannot be unloaded safely.
                tried.Add(
                    (path, $"it speaks version {version} of the native contract, this assembly version {AbiVersion}")
                );
            }
            catch (Exception error)
                when (error is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException)
            {
                tried.Add((path, error.Message.ReplaceLineEndings(" ")));
            }
        }
        throw new DllNotFoundException(Explain(tried));
    }

    /// <summary>Where to look, in order. A place that is named explicitly is the only one.</summary>
    internal static IReadOnlyList<string> Candidates()
    {
        string? named = Environment.GetEnvironmentVariable(Variable);
        if (!string.IsNullOrEmpty(named))
        {
            return [Directory.Exists(named) ? Path.Combine(named, FileName) : named];
        }
        string? beside = Path.GetDirectoryName(typeof(NativeLibraryLoader).Assembly.Location);
        IEnumerable<string> folders = new[] { beside, AppContext.BaseDirectory }
            .OfType<string>()
            .Where(folder => folder.Length > 0)
            .Select(Path.TrimEndingDirectorySeparator)
            .Distinct(StringComparer.Ordinal);
        return
        [
            .. folders.SelectMany(folder =>
                new[]
                {
                    Path.Combine(folder, FileName),
                    Path.Combine(folder, "runtimes", "linux-x64", "native", FileName),
                }
            ),
        ];
    }

    private static unsafe int ReadAbiVersion(nint library) =>
        ((delegate* unmanaged<int>)NativeLibrary.GetExport(library, "t2j_abi_version"))();

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath) =>
        name == NativeMethods.Library ? library : 0;

    private static string Explain(IReadOnlyList<(string Path, string Outcome)> tried)
    {
        var text = new StringBuilder()
            .Append("The native library ")
            .Append(FileName)
            .AppendLine(" could not be loaded. Likely causes:")
            .AppendLine("  1. It has not been built: run `dotnet build` in the repository (it needs cmake and ninja).")
            .AppendLine("  2. libtorch is missing: run `apt-get install libtorch-dev libopenblas0-pthread`,")
            .AppendLine("     or build with TORCH2JAX_LIBTORCH naming another libtorch.")
            .AppendLine("  3. It was built from another version of this repository: build both again.")
            .Append("Set ")
            .Append(Variable)
            .AppendLine(" to the file or its folder to use another one. Tried:");
        foreach ((string path, string outcome) in tried)
        {
            text.Append("  ").Append(path).Append(": ").AppendLine(outcome);
        }
        return text.ToString().TrimEnd();
    }
}
