using Torch2Jax.Errors;
using Torch2Jax.Torch;
using Torch2Jax.TorchSharp.Functions;
using Torch2Jax.TorchSharp.Programs;
using Torch2Jax.TorchSharp.Trials;

namespace Torch2Jax.TorchSharp;

/// <summary>
/// libtorch through TorchSharp, for machines without the native library: Windows, macOS. Slower than that, and with fewer guards,
/// so for sources that are trusted (docs/torchsharp.md).
/// </summary>
public sealed class TorchSharpBackend : ITorchBackend
{
    private readonly TrialCompiler trials = new();

    private TorchSharpBackend() { }

    /// <summary>The C# functions that can be registered.</summary>
    public DelegateTable Delegates { get; } = new();

    /// <summary>The libtorch that TorchSharp was built for.</summary>
    public string LibtorchVersion => $"{torch.__version__} (TorchSharp)";

    /// <inheritdoc/>
    public IReadOnlyList<DeviceInfo> Devices =>
        [
            new DeviceInfo("cpu", "", GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, 0),
            .. Enumerable.Range(0, DeviceNames.CudaCount).Select(i => new DeviceInfo($"cuda:{i}", "", 0, 0)),
        ];

    /// <inheritdoc/>
    public int Threads
    {
        get => torch.get_num_threads();
        set
        {
            if (value < 1)
            {
                throw new EngineException(ErrorCode.Internal, $"{value} threads are not a number of threads.");
            }

            torch.set_num_threads(value);
        }
    }

    /// <summary>What is alive; bytes are not known here.</summary>
    public TorchCounters Counters => new(Counts.Functions, Counts.Programs, 0, 0, Tensor.TotalCount, 0, 0, Counts.Runs);

    /// <summary>Loads TorchSharp's native library.</summary>
    /// <exception cref="DllNotFoundException">It cannot be loaded; the message says why and what to do.</exception>
    public static TorchSharpBackend Create()
    {
        try
        {
            torch.InitializeDeviceType(torch.CPU.type);
        }
        catch (Exception error)
            when (error is NotSupportedException or TypeInitializationException or BadImageFormatException)
        {
            throw new DllNotFoundException(
                "libtorch could not be loaded through TorchSharp. The package TorchSharp brings none: name one that does, such as "
                    + "TorchSharp-cpu, in the property TorchSharpPackage (docs/torchsharp.md).",
                error
            );
        }

        return new TorchSharpBackend();
    }

    /// <inheritdoc/>
    public ICompiledFunction Compile(string source, string? entry)
    {
        ArgumentNullException.ThrowIfNull(source);
        return Delegates.Find(source) ?? (ICompiledFunction)ScriptFunction.Compile(source, entry, trials);
    }

    /// <inheritdoc/>
    public ICompiledFunction LoadArchive(ReadOnlySpan<byte> archive, string method, bool functional)
    {
        if (archive.IsEmpty)
        {
            throw new EngineException(ErrorCode.InvalidSource, "The archive is empty.");
        }

        return ArchiveFunction.Load(archive, method, functional, trials);
    }

    /// <summary>Nothing: TorchSharp keeps no memory that could be given back.</summary>
    public void Trim() { }

    /// <summary>Nothing: what functions print goes to the standard output.</summary>
    public string TakeLog() => "";

    /// <summary>Ends the process that compiles on trial.</summary>
    public void Dispose() => trials.Dispose();
}
